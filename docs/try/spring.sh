# Spring Security (Java 17 and Maven): see try.ts
cp -r "$(dirname "$0")/../examples/spring/." "$FOLDER"
cd "$FOLDER"
mvn --quiet --batch-mode package
exec java -jar target/relying-party-1.jar
