// The desk's one script: keys, the excerpt, and asking for the preview. Pages work without it.
"use strict";

(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const form = one("#judge");
  const field = one("#spans");
  let dirty = false;

  // ------------------------------------------------------------ the excerpt
  // Spans count code points of the frozen text, as the server does; a JS string counts UTF-16.

  const blocks = field ? all(".block").map(readBlock) : [];
  let spans = field ? readSpans(field.value) : [];
  let cursor = null;

  function readSpans(value) {
    return value.split(",").filter(Boolean).map((pair) => pair.split("-").map(Number));
  }

  function readBlock(element) {
    const text = one("p", element);
    const start = Number(element.dataset.start);
    const hits = [];
    let at = start;
    for (const node of text.childNodes) {
      const length = Array.from(node.textContent).length;
      if (node.nodeName === "MARK") hits.push([at, at + length, node.title]);
      at += length;
    }
    return {
      element, text, start, end: at, hits,
      letters: Array.from(text.textContent),
      sentences: readSpans(element.dataset.sentences),
      button: one(".cutter", element),
    };
  }

  const blockOf = (node) => blocks.find((block) => block.element.contains(node));
  const within = (list, at) => list.find(([start, end]) => start <= at && at < end);
  const covers = (start, end) => spans.some((span) => span[0] <= start && end <= span[1]);

  function without(start, end) {
    return spans
      .flatMap(([a, b]) => [[a, Math.min(b, start)], [Math.max(a, end), b]])
      .filter(([a, b]) => a < b);
  }

  function union(list) {
    const found = [];
    for (const [start, end] of list.sort((a, b) => a[0] - b[0])) {
      const last = found[found.length - 1];
      if (last && start <= last[1]) last[1] = Math.max(last[1], end);
      else found.push([start, end]);
    }
    return found;
  }

  function choose(list) {
    spans = union(list.map((span) => [...span]));
    field.value = spans.map((span) => span.join("-")).join(",");
    dirty = true;
    blocks.forEach(paint);
    preview(0);
  }

  function toggle(start, end) {
    choose(covers(start, end) ? without(start, end) : [...spans, [start, end]]);
  }

  function paint(block) {
    const marks = [...block.hits, ...spans, ...(cursor ? [cursor] : [])];
    const edges = new Set([block.start, block.end]);
    marks.forEach(([a, b]) => [a, b].forEach((at) => {
      if (block.start < at && at < block.end) edges.add(at);
    }));
    const places = [...edges].sort((a, b) => a - b);
    block.text.replaceChildren(...places.slice(1).map((end, n) => run(block, places[n], end)));
    const whole = covers(block.start, block.end);
    const part = spans.some(([a, b]) => a < block.end && block.start < b);
    block.element.classList.toggle("all", whole);
    block.element.classList.toggle("part", part && !whole);
    block.button?.setAttribute("aria-pressed", String(whole));
  }

  function run(block, start, end) {
    const words = block.letters.slice(start - block.start, end - block.start).join("");
    const hit = within(block.hits, start);
    const quoted = within(spans, start);
    const pointed = cursor && cursor[0] <= start && start < cursor[1];
    if (!hit && !quoted && !pointed) return document.createTextNode(words);
    const node = document.createElement(hit ? "mark" : "span");
    if (hit) node.title = hit[2];
    node.classList.toggle("quoted", Boolean(quoted));
    node.classList.toggle("cursor", Boolean(pointed));
    node.textContent = words;
    return node;
  }

  // ------------------------------------------------------------ selecting words

  const bar = one("#cutbar");

  function selected() {
    const selection = document.getSelection();
    if (!bar || !selection || selection.isCollapsed || !selection.rangeCount) return [];
    const range = selection.getRangeAt(0);
    return blocks.filter((block) => range.intersectsNode(block.text))
      .map((block) => wholeWords(block, place(block, range, true), place(block, range, false)))
      .filter(([start, end]) => start < end);
  }

  function place(block, range, first) {
    const [node, offset] = first
      ? [range.startContainer, range.startOffset] : [range.endContainer, range.endOffset];
    if (!block.text.contains(node)) return first ? 0 : block.letters.length;
    const before = document.createRange();
    before.setStart(block.text, 0);
    before.setEnd(node, offset);
    return Array.from(before.toString()).length;
  }

  function wholeWords(block, from, to) {
    const { letters, start } = block;
    const inWord = (at) => at > 0 && at < letters.length
      && /[\p{L}\p{N}\p{M}]/u.test(letters[at]) && /[\p{L}\p{N}\p{M}]/u.test(letters[at - 1]);
    while (from < to && !letters[from].trim()) from += 1;
    while (to > from && !letters[to - 1].trim()) to -= 1;
    if (from === to) return [start, start];
    while (inWord(from)) from -= 1;
    while (inWord(to)) to += 1;
    return [start + from, start + to];
  }

  const CUTS = {
    add: (words) => [...spans, ...words],
    only: (words) => words,
    drop: (words) => words.reduce((kept, [start, end]) => {
      spans = kept;
      return without(start, end);
    }, spans),
  };

  function cutSelected(kind) {
    const words = selected();
    if (!words.length) return false;
    choose(CUTS[kind](words));
    document.getSelection().removeAllRanges();
    return true;
  }

  function caret({ clientX, clientY }) {
    const found = document.caretPositionFromPoint?.(clientX, clientY);
    if (found) return { node: found.offsetNode, offset: found.offset };
    const range = document.caretRangeFromPoint?.(clientX, clientY);
    return range && { node: range.startContainer, offset: range.startOffset };
  }

  function readClicks() {
    let wasSelecting = false;
    const text = one("#text");
    document.addEventListener("selectionchange", () => { bar.hidden = !selected().length; });
    let began = null;
    text.addEventListener("pointerdown", (event) => {
      wasSelecting = selected().length > 0;
      began = event.pointerType === "mouse" && event.detail < 2 ? caret(event) : null;
    });
    // Chromium was seen to drag the selection's beginning along with its end.
    text.addEventListener("pointerup", (event) => {
      const end = began && caret(event);
      if (end && document.getSelection().isCollapsed) {
        document.getSelection().setBaseAndExtent(began.node, began.offset, end.node, end.offset);
      }
    });
    text.addEventListener("click", (event) => {
      const block = blockOf(event.target);
      if (!block) return;
      if (block.button?.contains(event.target)) event.preventDefault();
      else if (wasSelecting || selected().length) return;
      toggle(block.start, block.end);
    });
    // A button must not take the selection away before it is read.
    bar.addEventListener("pointerdown", (event) => event.preventDefault());
    bar.addEventListener("click", (event) => {
      const kind = event.target.closest("[data-cut]")?.dataset.cut;
      if (kind) cutSelected(kind);
    });
  }

  // ------------------------------------------------------------ the excerpt by keys

  function point(block, sentence) {
    cursor = sentence ?? null;
    blocks.forEach(paint);
    block.text.focus();
    block.element.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const at = blocks.indexOf(blockOf(document.activeElement));
    const next = blocks[Math.min(Math.max(at + by, 0), blocks.length - 1)];
    point(next);
  }

  function stepSentence(by) {
    const block = blockOf(document.activeElement);
    const at = cursor ? block.sentences.findIndex(([start]) => start === cursor[0]) : by > 0 ? -1 : 0;
    const next = block.sentences[at + by];
    if (next) point(block, next);
    else {
      const other = blocks[blocks.indexOf(block) + by];
      if (other) point(other, by > 0 ? other.sentences[0] : other.sentences.at(-1));
    }
  }

  function quoteHere() {
    const block = blockOf(document.activeElement);
    const [start, end] = cursor ?? [block.start, block.end];
    toggle(start, end);
    block.text.focus();
  }

  function leave() {
    cursor = null;
    blocks.forEach(paint);
    document.activeElement.blur();
  }

  const IN_TEXT = {
    ArrowDown: () => step(1), ArrowUp: () => step(-1),
    ArrowRight: () => stepSentence(1), ArrowLeft: () => stepSentence(-1),
    " ": quoteHere, Enter: quoteHere, Escape: leave,
  };

  // ------------------------------------------------------------ the preview

  let waiting = 0;

  function preview(delay = 250) {
    clearTimeout(waiting);
    waiting = setTimeout(() => window.htmx?.trigger("#preview", "words"), delay);
  }

  function readFields() {
    document.addEventListener("input", (event) => {
      if (event.target.form !== form) return;
      dirty = true;
      preview();
    });
    document.addEventListener("htmx:afterSettle", () => {
      const over = one("#over");
      if (over && !over.dataset.asked) over.hidden = !one('#preview [data-over="yes"]');
    });
    document.addEventListener("click", (event) => {
      const other = event.target.closest("[data-other]");
      if (other) one("#other").value = other.dataset.other;
    });
  }

  // ------------------------------------------------------------ acts by keys

  const follow = (act) => {
    const rows = all("[data-row]");
    if (rows.length) return walk(rows, act === "next" ? 1 : -1);
    const link = one(`[data-act="${act}"]`);
    if (!link) return undefined;
    return dirty ? saveAndGo(link.dataset.number) : link.click();
  };

  function saveAndGo(number) {
    const then = document.createElement("input");
    Object.assign(then, { type: "hidden", name: "then", value: number });
    form.append(then);
    form.requestSubmit();
  }

  function walk(rows, by) {
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const row = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    (one("a[href]", row) ?? row).focus();
    row.scrollIntoView({ block: "nearest" });
  }

  function excerpt() {
    if (cutSelected("add") || !blocks.length) return;
    point(blocks.find((block) => spans.some(([a, b]) => a < block.end && block.start < b)) ?? blocks[0]);
  }

  function undo() {
    const button = one('[data-act="undo"]');
    if (button) return button.click();
    const own = document.createElement("form");
    const token = document.createElement("input");
    const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
    Object.assign(token, { type: "hidden", name: "csrf", value: headers["X-CSRF"] ?? "" });
    Object.assign(own, { method: "post", action: `/undo${location.search}` });
    own.append(token);
    document.body.append(own);
    return own.requestSubmit();
  }

  function search() {
    const words = one('input[name="words"]');
    if (words) return words.focus();
    const back = one('[data-act="back"]')?.getAttribute("href") ?? "/";
    return location.assign(`${back}#search`);
  }

  function help() {
    const dialog = one("dialog#help");
    return dialog ? dialog.showModal() : location.assign("/keys");
  }

  function press(act) {
    const found = one(`[data-act="${act}"]`);
    if (!found) return;
    if (found.matches("input, textarea")) found.select();
    else if (found.matches("details")) open(found);
    else if (found.matches("h2")) found.focus();
    else found.click();
    if (found.matches("input, textarea, h2")) found.scrollIntoView({ block: "center" });
  }

  function open(menu) {
    all("details.menu[open]").forEach((other) => { other.open = other === menu; });
    menu.open = !menu.open || !menu.matches(".menu");
    if (menu.open) one(".panel button", menu)?.focus();
  }

  const ACTS = { next: follow, previous: follow, excerpt, undo, search, help };

  function readKeys(keys) {
    const acts = Object.fromEntries(Object.entries(keys).map(([act, key]) => [key, act]));
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (heard(event, acts)) event.preventDefault();
    });
  }

  function heard(event, acts) {
    const typing = event.target.matches("input:not([type=checkbox]), textarea, select");
    const menu = one("details.menu[open]");
    if (event.key === "Escape" && typing) return event.target.blur() ?? true;
    if (event.key === "Escape" && menu) return close(menu);
    if (typing || one("dialog[open]")) return false;
    if (event.target.matches(".block p") && IN_TEXT[event.key]) return IN_TEXT[event.key]() ?? true;
    const digit = menu && one(`[data-digit="${event.key}"]`, menu);
    if (digit) return digit.click() ?? true;
    const act = acts[event.key];
    // Holding a key down must not judge one story after the other.
    if (!act || event.repeat) return false;
    (ACTS[act] ?? press)(act);
    return true;
  }

  function close(menu) {
    menu.open = false;
    one("summary", menu).focus();
    return true;
  }

  document.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  // They come with the page: a key that is pressed while a second request is under way is lost.
  const table = document.body.dataset.keys;
  if (table) readKeys(JSON.parse(table));
  if (location.hash === "#search") search();
  if (field) readClicks();
  if (form) readFields();
  document.documentElement.classList.add("script");
})();
