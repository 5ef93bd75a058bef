#!/usr/bin/env bash
# A real WordPress on loopback, from Debian's packages: wordpress php-cli php-mysql mariadb-server.
# usage: wordpress-up.sh STATE_DIR [PORT] -> prints "URL USER APP_PASSWORD"; process ids in STATE_DIR/*.pid
set -euo pipefail
state=$1; port=${2:-8099}
mkdir -p "$state"; state=$(cd "$state" && pwd)
sock=$state/mysql.sock
if [ ! -d "$state/db" ]; then
  mariadb-install-db --no-defaults --user=root --datadir="$state/db" --auth-root-authentication-method=normal >"$state/install-db.log" 2>&1
fi
mariadbd --no-defaults --user=root --datadir="$state/db" --socket="$sock" --skip-networking --pid-file="$state/mariadb.pid" >"$state/mariadb.log" 2>&1 &
for _ in $(seq 300); do mariadb --no-defaults --socket="$sock" -uroot -e 'select 1' >/dev/null 2>&1 && break; sleep .5; done
mariadb --no-defaults --socket="$sock" -uroot -e 'drop database if exists wp; create database wp'
rm -rf "$state/site"; cp -rL /usr/share/wordpress "$state/site"
cat >"$state/site/wp-config.php" <<P
<?php
define('DB_NAME','wp'); define('DB_USER','root'); define('DB_PASSWORD',''); define('DB_HOST','localhost:$sock');
define('DB_CHARSET','utf8mb4'); define('DB_COLLATE','');
define('WP_ENVIRONMENT_TYPE','local'); define('WP_HTTP_BLOCK_EXTERNAL',true); define('DISABLE_WP_CRON',true); define('AUTOMATIC_UPDATER_DISABLED',true);
define('WP_HOME','http://127.0.0.1:$port'); define('WP_SITEURL','http://127.0.0.1:$port');
define('AUTH_KEY','a');define('SECURE_AUTH_KEY','b');define('LOGGED_IN_KEY','c');define('NONCE_KEY','d');
\$table_prefix='wp_';
if(!defined('ABSPATH')) define('ABSPATH', __DIR__.'/');
require_once ABSPATH.'wp-settings.php';
P
cat >"$state/setup.php" <<'P'
<?php
define('WP_INSTALLING', true); $_SERVER['HTTP_HOST']='127.0.0.1';
require $argv[1].'/wp-load.php'; require_once ABSPATH.'wp-admin/includes/upgrade.php';
wp_install('Campaign','editor','editor@example.org',true,'','correct horse battery');
update_option('permalink_structure','/%year%/%monthnum%/%day%/%postname%/');
$u=get_user_by('login','editor');
list($pw,)=WP_Application_Passwords::create_new_application_password($u->ID,['name'=>'clipper']);
echo $pw,"\n";
P
pw=$(php "$state/setup.php" "$state/site" 2>"$state/setup.log" | tail -1)
(cd "$state/site" && PHP_CLI_SERVER_WORKERS=4 exec php -S 127.0.0.1:$port >"$state/php.log" 2>&1) & echo $! >"$state/php.pid"
for _ in $(seq 300); do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep .2; done
echo "http://127.0.0.1:$port editor $pw"
