//! As medições do livro: TCP × UDP em uma rede que perde, atrasa e repete, com a
//! verdade do caminho ao lado de cada número.

pub mod ambiente;
pub mod caminho;
pub mod consumo;
pub mod cpu;
pub mod dentro;
pub mod espera;
pub mod execucao;
pub mod experimentos;
pub mod interrupcao;
pub mod laboratorio;
pub mod opcoes;
pub mod par;
pub mod plano;
pub mod programa;
pub mod progresso;
pub mod rede;
pub mod resultados;
