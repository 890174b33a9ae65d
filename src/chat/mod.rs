//! O chat entre dois computadores: o programa da Parte 4, dividido em arquivos
//! pequenos, uma ideia em cada um.
//!
//! ```text
//!  teclado ─┐ Evento                     Acontecimento
//!  Ctrl-C  ─┼────────► conversa ◄──────► transporte (TCP, UDP ou UDP confiável)
//!  rede ────┘          (dona de tudo)
//!                         └────────────► terminal, registro
//! ```
//!
//! Um único laço, o da [`conversa`], é dono do estado, dos sockets e do que se vê.
//! Ele espera por tudo em um lugar só ([`mio::Poll`]): os sockets não bloqueiam, e
//! as threads do teclado e do Ctrl-C só produzem [`evento::Evento`]s, por um canal
//! de tamanho limitado.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`opcoes`] | a linha de comando, em português |
//! | [`par`], [`nome`] | o endereço do outro lado e o nome deste: o que serve |
//! | [`abertura`] | tudo que se abre antes da conversa |
//! | [`protocolo`] | as mensagens e os seus bytes; nenhum socket |
//! | [`quadro`] | mensagens em um fluxo TCP, com qualquer corte |
//! | [`datagrama`] | mensagens em datagramas UDP |
//! | [`pendentes`] | o que foi digitado e o outro ainda não confirmou |
//! | [`perdas`] | o que se perdeu, repetiu ou atrasou, pelos números |
//! | [`presenca`] | quando perguntar se o outro está lá, e quando desistir |
//! | [`escolha`] | duas conexões que se cruzam: com qual ficar |
//! | [`evento`] | o que as threads contam ao laço |
//! | [`transporte`] | o que o laço pede a qualquer protocolo |
//! | [`tcp`], [`udp`], [`confiavel`] | os três protocolos |
//! | [`teclado`], [`interrupcao`] | as threads que leem a pessoa |
//! | [`linhas`] | os bytes da entrada viram linhas, e as linhas, itens |
//! | [`comandos`] | `/ajuda`, `/sair`, `/nome`, `/ping`, `/estatisticas` |
//! | [`conversa`] | o laço |
//! | [`narrador`], [`frases`] | o que acontece, contado à pessoa |
//! | [`relogio`], [`unidades`] | as horas e os números como uma pessoa os lê |
//! | [`terminal`] | o que se vê: linhas simples ou a tela |
//! | [`registro`] | a transcrição em arquivo |

pub mod abertura;
pub mod comandos;
pub mod confiavel;
pub mod conversa;
pub mod datagrama;
pub mod escolha;
pub mod evento;
pub mod frases;
pub mod interrupcao;
pub mod linhas;
pub mod narrador;
pub mod nome;
pub mod opcoes;
pub mod par;
pub mod pendentes;
pub mod perdas;
pub mod presenca;
pub mod protocolo;
pub mod quadro;
pub mod registro;
pub mod relogio;
pub mod tcp;
pub mod teclado;
pub mod terminal;
pub mod transporte;
pub mod udp;
pub mod unidades;
