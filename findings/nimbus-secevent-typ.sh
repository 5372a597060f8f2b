#!/usr/bin/env bash
# Expected: a general processor of signed JWTs checks the signature and the claims it was told of, and leaves `typ` to its caller: security event tokens
#           (`secevent+jwt`) and access tokens (`at+jwt`) pass as others do.
# So it is: Nimbus, which stands below Spring Security, refuses every `typ` but `JWT` and none at all, before it looks at the signature, unless it is given
#           a verifier of types.
# Seen with com.nimbusds:nimbus-jose-jwt 10.10:
#           JWT: passes
#           none: passes
#           secevent+jwt: JOSE header typ (type) secevent+jwt not allowed
#           secevent+jwt, told of it: passes
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
plugin=org.apache.maven.plugins:maven-dependency-plugin:2.8
library=com.nimbusds:nimbus-jose-jwt:10.10
mvn -q -B -Dstyle.color=never "$plugin:get" -Dtransitive=false "-Dartifact=$library" >/dev/null
mvn -q -B -Dstyle.color=never "$plugin:copy" "-Dartifact=$library" -DoutputDirectory=. >/dev/null
cat >Finding.java <<'JAVA'
import com.nimbusds.jose.*;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.*;
import com.nimbusds.jwt.*;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.util.Date;
import java.util.Map;

class Finding {
  public static void main(String[] words) throws Exception {
    RSAKey key = new RSAKeyGenerator(2048).keyID("1").generate();
    for (String type : new String[] {"JWT", "none", "secevent+jwt"})
      System.out.println(type + ": " + said(key, type, null));
    System.out.println("secevent+jwt, told of it: " + said(key, "secevent+jwt", "secevent+jwt"));
  }

  static String said(RSAKey key, String type, String known) throws Exception {
    JWSHeader.Builder header = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("1");
    if (!type.equals("none")) header.type(new JOSEObjectType(type));
    JWTClaimsSet claims = new JWTClaimsSet.Builder().issuer("https://issuer.example").audience("client")
        .issueTime(new Date()).jwtID("1").claim("events", Map.of("urn:example:event", Map.of())).build();
    SignedJWT token = new SignedJWT(header.build(), claims);
    token.sign(new RSASSASigner(key));
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(JWSAlgorithm.RS256, new ImmutableJWKSet<>(new JWKSet(key))));
    if (known != null)
      processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType(known)));
    try {
      processor.process(token.serialize(), null);
      return "passes";
    } catch (BadJOSEException error) {
      return error.getMessage();
    }
  }
}
JAVA
found=$(java -cp nimbus-jose-jwt-10.10.jar Finding.java)
echo "$found"
[ "$found" = 'JWT: passes
none: passes
secevent+jwt: JOSE header typ (type) secevent+jwt not allowed
secevent+jwt, told of it: passes' ]
