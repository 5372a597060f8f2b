# oidc-caep-risc (Rust): sign-in and Shared Signals
cp -r "$(dirname "$0")/../examples/rust-signals/." "$FOLDER"
cd "$FOLDER"
cargo build --quiet
sed -n 's/^oidc-caep-risc = "=\([0-9.]*\)"$/\1/p' Cargo.toml >version
exec target/debug/receiver
