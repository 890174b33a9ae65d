//! As contas das medições: tudo o que não abre um socket nem olha um relógio.
//!
//! Quem mede (o exemplo `medir`) e quem desenha (a editora) usam as mesmas funções:
//! o número de uma tabela e a curva ao lado dele saem da mesma conta. Cada uma diz a
//! fonte e as unidades, e é provada contra valores publicados.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`contagem`] | o que chegou, o que se repetiu, o que foi ultrapassado e o que se perdeu |
//! | [`estatistica`] | percentis, medianas, intervalos, variação entre chegadas, caudas |
//! | [`formulas`] | o que a teoria espera, com nomes para as curvas dos gráficos |
//! | [`sonda`] | o pacote de medição |
//!
//! Os sorteios do caminho são os de [`crate::sorteio`]: a mesma semente repete a
//! mesma rede.
//!
//! # As três convenções
//!
//! Uma probabilidade é uma fração, de 0 a 1: só as tabelas e o que se mostra usam %.
//! A unidade de um tempo está no nome (`_s`, `_ns`); onde não está, é a de quem chama.
//! O que não tem valor (a mediana de nada) é `None`, nunca um número inventado.

pub mod contagem;
pub mod estatistica;
pub mod formulas;
pub mod sonda;
