# Keycloak as broker (Java): the server as Maven Central has it, with one realm that signs people in here
version=26.7.3
realm=$(cd "$(dirname "$0")/../examples" && pwd)/keycloak-realm.json
archive=$HOME/.m2/repository/org/keycloak/keycloak-quarkus-dist/$version/keycloak-quarkus-dist-$version.tar.gz
cd "$FOLDER"
[ -e "$archive" ] || mvn -q -B dependency:get -Dtransitive=false \
  -Dartifact=org.keycloak:keycloak-quarkus-dist:$version:tar.gz
[ -e keycloak-$version ] || tar -xzf "$archive"
rm -rf keycloak-$version/data
mkdir -p keycloak-$version/data/import
sed "s|ISSUER|$ISSUER|; s|CLIENT_ID|$CLIENT_ID|; s|CLIENT_SECRET|$CLIENT_SECRET|" "$realm" \
  >keycloak-$version/data/import/exemple.json
echo $version >version
# Its administrator is asked what it learnt.
export KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=admin
exec keycloak-$version/bin/kc.sh start-dev --http-host 127.0.0.1 --http-port "$PORT" --import-realm
