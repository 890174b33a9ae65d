//! As mesmas medidas entre dois computadores de verdade: perda, ida e volta, variação e
//! vazão, por TCP e por UDP, na rede que houver entre eles. `medir servidor` espera em
//! um; `medir cliente --ip IP` mede do outro.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`opcoes`] | a linha de comando dos dois |
//! | [`protocolo`] | as mensagens de controle, os seus bytes e os limites |
//! | [`datagrama`] | o que vai em cada datagrama |
//! | [`canal`] | a conexão de controle, com prazo em toda espera |
//! | [`ritmo`], [`emissao`], [`recepcao`] | datagramas nos instantes marcados, e a conta do que chega |
//! | [`fluxo`] | bytes por uma conexão |
//! | [`perguntas`] | perguntas e respostas, e quanto cada uma demora |
//! | [`descartes`] | o que o buffer de um socket perdeu |
//! | [`opiniao`] | o que um lado acha do que o outro relata |
//! | [`falha`] | por que a conversa parou |
//! | [`servidor`], [`cliente`] | os dois programas |
//!
//! # O que se mede, e o que não se mede
//!
//! Cada computador tem o seu relógio, e eles não marcam a mesma hora: **o atraso de um
//! sentido só não se mede aqui**. Mede-se a ida e volta, em que o mesmo relógio marca a
//! saída e a chegada, e a variação da RFC 3550, que só usa diferenças. Todos os tempos
//! são de relógios monotônicos.
//!
//! A perda de cada sentido é separada: quem manda numera e diz quantos mandou; quem
//! recebe conta os números diferentes que chegaram até o fim do escoamento (três vezes a
//! maior ida e volta, e nunca menos de meio segundo depois do último envio). Datagramas
//! e perguntas saem em instantes marcados, haja ou não resposta às de antes.
//!
//! Quem recebe diz também quantos datagramas o buffer do seu socket perdeu: esses não
//! foram a rede. Só o Linux o diz, em `/proc/net/udp`; nos outros, não se sabe.
//!
//! # O protocolo
//!
//! Uma porta, a mesma em TCP e em UDP. Uma conexão de **controle**, por onde vão as
//! mensagens; datagramas; e, para cada medida por TCP, uma conexão de **dados**.
//!
//! ```text
//! cliente                                        servidor
//!    OLÁ ───────────────────────────────────────────►   (TCP, controle)
//!    ◄──────────────────────────── BEM-VINDO, sessão
//!    pergunta pelo caminho, sessão ─────────────────►   (UDP, 40 bytes)
//!    ◄─────────────────────────────────── ela, prova    (UDP, 40 bytes)
//!    CAMINHO, prova ────────────────────────────────►
//!    ◄────────────────────────────────────── PRONTO 0
//!  ┌ PEDIDO n ──────────────────────────────────────►
//!  │ ◄────────────────────────────────────── PRONTO n
//!  │ …os datagramas, ou a conexão de dados…
//!  │ quem mandava: ENVIO n;  quem recebia: CHEGADAS n ou BYTES n
//!  │ OPINIÃO n ─────────────────────────────────────►
//!  └ ◄───────────────────────────────────── OPINIÃO n
//!    TCHAU ─────────────────────────────────────────►
//! ```
//!
//! Quem recebe datagramas espera o escoamento depois do ENVIO. Em um eco os dois recebem:
//! o cliente espera pelas últimas respostas antes de dizer ENVIO, o servidor relata já o
//! que ouviu e devolveu, e depois o cliente, o que voltou. Qualquer lado pode dizer RECUSA a qualquer hora, e fecha.
//!
//! Um quadro é um número de 2 bytes, o tamanho do corpo (de 1 a 256), e o corpo. Todos os
//! números são *big-endian*. O corpo começa pelo tipo:
//!
//! | tipo | mensagem | campos, com os bytes de cada um |
//! | --- | --- | --- |
//! | 1 | OLÁ | magia `medp` (4), versão (2) |
//! | 2 | BEM-VINDO | versão (2), sessão (8, sorteada, não é zero) |
//! | 3 | DADOS | magia (4), versão (2), sessão (8), medida (4) |
//! | 4 | CAMINHO | prova (8) |
//! | 5 | PEDIDO | medida (4), o que se mede (1), e os campos dele |
//! | 6 | PRONTO | medida (4) |
//! | 7 | ENVIO | medida (4), enviados, bytes, erros, remarcados, intervalo em ns (8 cada), retransmitidos (talvez), congestionamento (texto, até 16) |
//! | 8 | CHEGADAS | medida (4), únicos, repetidos, ultrapassados, inventados, próximo, bytes, intervalo em ns (8 cada), variação em ns (talvez), sem buffer (talvez), buffer, devolvidos (8 cada) |
//! | 9 | BYTES | medida (4), recebidos, intervalo em ns, na janela, janela em ns (8 cada), inteiro (1) |
//! | 10 | OPINIÃO | medida (4), dúvidas (4, um bit cada: [`protocolo::Duvida`]) |
//! | 11 | RECUSA | motivo (1: [`protocolo::Motivo`]), explicação (texto, até 200) |
//! | 12 | TCHAU | |
//!
//! *Talvez* é um byte, 0 ou 1, e um número de 8, que é zero se o byte é zero. Um *texto* é
//! um byte com o tamanho e tantos bytes de UTF-8. As medidas se numeram desde 1. O que se
//! mede é 1 (eco por TCP), 2 (eco por UDP), 3 e 4 (datagramas na ida e na volta), com
//! quantos, bytes de cada um, quantos por segundo e quantos milissegundos escoar (4 cada);
//! ou 5 e 6 (um fluxo na ida e na volta), com a duração e o aquecimento em milissegundos
//! (4 cada). O que não cabe nesta tabela, ao byte, é uma violação, e acaba a sessão.
//!
//! Um **datagrama** é a sonda de [`sockets::medir::sonda`] (24 bytes; o experimento é o
//! número da medida, e 0 pergunta pelo caminho), a sessão (8) e o enchimento. Na resposta
//! a quem pergunta pelo caminho, a prova (8) vem depois da sessão. Em um eco, o datagrama
//! volta igual. Uma **conexão de dados** começa por um DADOS; depois dele, só dados.
//!
//! # Com quem não se conta
//!
//! O servidor atende um cliente por vez; aos outros diz que está ocupado. Não serve de
//! alvo nem de amplificador: a porta UDP só existe enquanto há uma sessão; só se ouvem
//! datagramas com a sessão dela, que foi sorteada e dita por TCP, e vindos do mesmo IP; a
//! quem pergunta pelo caminho se responde com tantos bytes quantos vieram; e só se manda
//! sem receber a quem provou, por TCP, que leu o que se lhe mandou por UDP. O que se pede
//! tem limites ([`protocolo::limites`]), toda espera tem prazo, a memória não depende do
//! que o outro diz, e nada dele vai ao terminal sem [`sockets::visivel`].
//!
//! Nenhum lado acredita no outro: cada um confere se o que o outro relata pode ser
//! verdade ([`opiniao`]), e diz a ele o que achou. Uma mentira bem contada passa: o
//! servidor pode dizer que recebeu o que se perdeu.
//!
//! # A tabela
//!
//! `dois-computadores.csv` tem um número por linha:
//!
//! | coluna | o que é |
//! | --- | --- |
//! | rodada, semente | a rodada, desde 1, e de que saiu a ordem dela e o que foi dentro do que se mandou |
//! | ensaio | `ida-e-volta`, `perda` (um ritmo que não deve encher nada) ou `vazao` (tanto quanto couber) |
//! | medida | o que o número é |
//! | protocolo | `tcp` ou `udp` |
//! | sentido | `ida` (do cliente ao servidor), `volta` ou `ida-e-volta` |
//! | tamanho, ritmo | bytes de cada mensagem e quantas por segundo; vazios em um fluxo |
//! | valor, unidade | o número; vazio quando não se sabe |
//! | de, ate | o intervalo de Wilson, de 95 %, de uma percentagem |
//! | quem | o lado que contou: `cliente` ou `servidor` |
//! | congestionamento | o de quem mandava, em um fluxo, onde o sistema diz |
//! | ressalva | o que há contra o número; vazia quando nada |
//!
//! As medidas da ida e volta: `perguntas`, `respostas`, `sem_resposta` (%), `p50`, `p90`,
//! `p99` e `maior` (ms; um percentil que nenhuma resposta passaria fica vazio). As
//! dos datagramas: `enviados`, `erros_de_envio`, `unicos`, `duplicados`, `fora_de_ordem`
//! (RFC 4737), `perdidos`, `perda` (%), `sem_buffer`, `buffer` (bytes), `variacao` (ms) e,
//! na vazão, `oferecida` e `vazao` (Mb/s, sem os cabeçalhos). As de um fluxo:
//! `bytes_enviados`, `bytes_recebidos`, `retransmitidos` (segmentos) e `vazao`, que não
//! conta o aquecimento.

pub mod canal;
pub mod cliente;
pub mod datagrama;
pub mod descartes;
pub mod emissao;
pub mod falha;
pub mod fluxo;
pub mod opcoes;
pub mod opiniao;
pub mod perguntas;
pub mod protocolo;
pub mod recepcao;
pub mod ritmo;
pub mod servidor;

use sockets::sorteio::Sorteio;

/// Um pedaço de bytes que não se comprimem, para ir dentro do que se manda: há enlaces
/// que comprimem, e zeros passariam por eles depressa demais.
#[must_use]
pub fn enchimento(semente: u64) -> Vec<u8> {
    let mut sorteio = Sorteio::novo(semente);
    let palavras = std::iter::repeat_with(|| sorteio.numero().to_be_bytes());
    palavras.take(fluxo::PEDACO / 8).flatten().collect()
}
