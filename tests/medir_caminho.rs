//! O modelo do caminho, sem relógio e sem sockets: o que entra, o que sai, quando, em
//! que ordem e quantas vezes, e as contas disso.

#[path = "medir_caminho/conduzir.rs"]
mod conduzir;
#[path = "medir_caminho/contas.rs"]
mod contas;
#[path = "medir_caminho/ordem.rs"]
mod ordem;
#[path = "medir_caminho/reordenacao.rs"]
mod reordenacao;
#[path = "medir_caminho/sorteio.rs"]
mod sorteio;
#[path = "medir_caminho/taxa.rs"]
mod taxa;
#[path = "medir_caminho/verdade.rs"]
mod verdade;
