//! As medições entre dois computadores: `medir servidor` e `medir cliente`, como
//! processos, entre si e diante de quem não segue o protocolo.
//!
//! Quase tudo é em loopback. Onde é preciso saber o que se perdeu, há um procurador no
//! meio, que conta o que faz, ou dois computadores de mentira (veja [`provas::rede`]),
//! em que quem conta é o núcleo.

#[path = "medir_par/apoio.rs"]
mod apoio;
#[path = "medir_par/clientes.rs"]
mod clientes;
#[path = "medir_par/datagramas.rs"]
mod datagramas;
#[path = "medir_par/fins.rs"]
mod fins;
#[path = "medir_par/honestos.rs"]
mod honestos;
#[path = "medir_par/mentiras.rs"]
mod mentiras;
#[path = "medir_par/perdas.rs"]
mod perdas;
#[path = "medir_par/procurador.rs"]
mod procurador;
#[path = "medir_par/protocolo.rs"]
mod protocolo;
#[path = "medir_par/rede.rs"]
mod rede;
#[path = "medir_par/servidores.rs"]
mod servidores;

use libtest_mimic::{Arguments, Trial};

/// Quantas provas correm ao mesmo tempo: quase todas só esperam.
const JUNTAS: usize = 6;

fn main() {
    let provas = [
        // As que mais esperam começam antes.
        rede::provas(),
        perdas::provas(),
        mentiras::provas(),
        honestos::provas(),
        fins::provas(),
        clientes::provas(),
        datagramas::provas(),
        servidores::provas(),
        protocolo::provas(),
    ];
    let provas: Vec<Trial> = provas.into_iter().flatten().collect();
    let mut argumentos = Arguments::from_args();
    argumentos.test_threads.get_or_insert(JUNTAS);
    libtest_mimic::run(&argumentos, provas).exit();
}
