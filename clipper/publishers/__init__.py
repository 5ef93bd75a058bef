"""Places to publish to. `contract` says what each offers; `clipper.testing` tests it.

`site` brings a folder to a list of updates in one step; `markdown` and `wordpress` take one
update at a time; `third_party` opens those that other packages bring. The outbox
(`clipper.desk.publishing`) decides what each of them is asked to do.
"""
