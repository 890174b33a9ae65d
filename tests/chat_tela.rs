//! A tela do chat em um terminal de verdade: o que a pessoa vê, e como o terminal
//! fica depois de cada tipo de fim.
//!
//! O chat com a tela é compilado à parte, com a feature `tela`. As provas de lógica
//! da tela, que também só existem com ela, rodam daqui.

#[cfg(unix)]
#[path = "chat_tela/provas.rs"]
mod provas_da_tela;

fn main() {
    #[cfg(unix)]
    provas::janela::abrir_sessao_se_for_o_caso();
    let argumentos = libtest_mimic::Arguments::from_args();
    #[cfg(unix)]
    let provas = provas_da_tela::todas();
    #[cfg(not(unix))]
    let provas = vec![libtest_mimic::Trial::ignorable_test("a_tela", || {
        Ok(libtest_mimic::Completion::ignored_with(
            "um terminal de verdade só se imita no Unix",
        ))
    })];
    libtest_mimic::run(&argumentos, provas).exit();
}
