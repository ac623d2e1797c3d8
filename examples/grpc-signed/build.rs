//! Compiles the interface in Rust alone: no `protoc` needs to be installed.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto");
    tonic_prost_build::compile_fds(protox::compile(["proto/depot.proto"], ["proto"])?)?;
    Ok(())
}
