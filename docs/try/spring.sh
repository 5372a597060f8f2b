# Spring Security (Java 17 and Maven)
cp -r "$(dirname "$0")/../examples/spring/." "$FOLDER"
cd "$FOLDER"
mvn --quiet --batch-mode package
jar tf target/relying-party-1.jar | sed -n 's/.*spring-security-core-\(.*\)\.jar/\1/p' >version
exec java -jar target/relying-party-1.jar
