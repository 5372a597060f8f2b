# mod_auth_openidc (Debian: apache2-bin libapache2-mod-auth-openidc). Set APACHE_ROOT where they are unpacked elsewhere.
root="${APACHE_ROOT:-}"
modules="$root/usr/lib/apache2/modules"
export LD_LIBRARY_PATH="$root/usr/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-}"
export CRYPTO_PASSPHRASE="$(openssl rand -hex 32)"
mkdir -p "$FOLDER/pages"
# The page shows what the application behind it is told.
echo '<!--#echo var="OIDC_CLAIM_email" --> <!--#echo var="OIDC_CLAIM_siret" -->' >"$FOLDER/pages/index.shtml"
{
  echo "ServerRoot $FOLDER"
  echo "ServerName localhost"
  echo "PidFile $FOLDER/pid"
  echo "Listen 127.0.0.1:$PORT"
  echo "ErrorLog /dev/stderr"
  [ "$(id -u)" = 0 ] && printf 'User www-data\nGroup www-data\n'
  for each in mpm_event authn_core authz_core authz_user mime dir include auth_openidc; do
    echo "LoadModule ${each}_module $modules/mod_$each.so"
  done
  echo "TypesConfig /dev/null"
  echo "DocumentRoot $FOLDER/pages"
  echo "DirectoryIndex index.shtml"
  echo "<Directory $FOLDER/pages>"
  printf 'Options +Includes\nAddType text/html .shtml\nAddOutputFilter INCLUDES .shtml\n</Directory>\n'
  echo "Include $(cd "$(dirname "$0")" && pwd)/../examples/mod_auth_openidc.conf"
} >"$FOLDER/apache.conf"
chmod 755 "$FOLDER" "$FOLDER/pages"
dpkg-query --show --showformat '${Version}' libapache2-mod-auth-openidc 2>/dev/null >"$FOLDER/version" || echo 2.4 >"$FOLDER/version"
exec "$root/usr/sbin/apache2" -f "$FOLDER/apache.conf" -DFOREGROUND
