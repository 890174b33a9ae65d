//! As contas das medições, diante de qualquer sequência de chegadas, de quaisquer bytes
//! e de redes com semente. Nada aqui abre um socket nem olha o relógio.
//!
//! `cargo test -p provas --test medir_contas -- --nocapture` mostra quantas vezes, em
//! cada condição, o intervalo impresso continha a perda de verdade.

#[path = "medir_contas/contagem.rs"]
mod contagem;
#[path = "medir_contas/estatistica.rs"]
mod estatistica;
#[path = "medir_contas/formulas.rs"]
mod formulas;
#[path = "medir_contas/intervalo.rs"]
mod intervalo;
#[path = "medir_contas/rede.rs"]
mod rede;
#[path = "medir_contas/sonda.rs"]
mod sonda;
