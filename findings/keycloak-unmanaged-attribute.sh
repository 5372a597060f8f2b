#!/usr/bin/env bash
# Expected: an attribute of a person that Keycloak's administration takes with 201 is kept, as it was for years; a broker's mapper writes by the same way.
# So it is: what the realm's profile does not know is dropped without a word, and the answer is 201 all the same. It is kept once the profile says
#           `unmanagedAttributePolicy`, or names the attribute.
# Seen with Keycloak 26.7.3:
#           as it comes: 201, siret is not there
#           unmanagedAttributePolicy ENABLED: 201, siret is 13002526500013
set -euo pipefail
version=26.7.3
port=${PORT:-18291}
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -- "-$server"; rm -rf "$folder"' EXIT
cd "$folder"
mvn -q -B dependency:get -Dtransitive=false -Dartifact=org.keycloak:keycloak-quarkus-dist:$version:tar.gz >mvn.log 2>&1
tar -xzf "$HOME/.m2/repository/org/keycloak/keycloak-quarkus-dist/$version/keycloak-quarkus-dist-$version.tar.gz"
export KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=admin
setsid keycloak-$version/bin/kc.sh start-dev --http-host 127.0.0.1 --http-port "$port" >server.log 2>&1 &
server=$!
home=http://127.0.0.1:$port
for _ in $(seq 600); do
  kill -0 "$server"
  curl -fs -o /dev/null "$home/realms/master" && break
  sleep 1
done
ask() { # METHOD PATH [BODY], as the administrator, whose token lives a minute
  token=$(curl -fs "$home/realms/master/protocol/openid-connect/token" -d grant_type=password -d client_id=admin-cli \
    -d username=admin -d password=admin | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s -o answer -w '%{http_code}' -X "$1" "$home/admin/realms$2" -H "Authorization: Bearer $token" \
    -H 'Content-Type: application/json' ${3:+-d "$3"}
}
said() { # who
  status=$(ask POST /finding/users "{\"username\":\"$1\",\"attributes\":{\"siret\":[\"13002526500013\"]}}")
  ask GET "/finding/users?username=$1&exact=true&briefRepresentation=false" >/dev/null
  grep -q '"siret":\["13002526500013"\]' answer && echo "$status, siret is 13002526500013" || echo "$status, siret is not there"
}
ask POST "" '{"realm":"finding","enabled":true}' >/dev/null
found="as it comes: $(said first)"
ask GET /finding/users/profile >/dev/null
ask PUT /finding/users/profile "$(sed 's/^{/{"unmanagedAttributePolicy":"ENABLED",/' answer)" >/dev/null
found+=$'\n'"unmanagedAttributePolicy ENABLED: $(said second)"
echo "$found"
[ "$found" = $'as it comes: 201, siret is not there\nunmanagedAttributePolicy ENABLED: 201, siret is 13002526500013' ]
