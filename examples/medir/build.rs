//! Conta ao programa com que ele foi compilado, para o `ambiente.toml`.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let versao = Command::new(rustc).arg("--version").output();
    let versao = versao.map(|saida| saida.stdout).unwrap_or_default();
    let versao = String::from_utf8_lossy(&versao);
    println!("cargo:rustc-env=MEDIR_RUSTC={}", versao.trim());
    let otimizacao = env::var("OPT_LEVEL").unwrap_or_default();
    println!("cargo:rustc-env=MEDIR_OTIMIZACAO={otimizacao}");
}
