//! Os seus programas ficam em `src/bin/`, um por exercício: `cargo conferir` cria lá o
//! começo de cada um e diz se o que você fez funciona.
//!
//! Nada daqui vai para o controle de versões: o livro pode ser atualizado sem tocar no
//! que é seu.
