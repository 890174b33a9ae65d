//! O que o laço da conversa pede a um protocolo, e o que o protocolo conta.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use mio::event::Event;

use super::protocolo::{Item, Motivo};

/// Algo que a pessoa deve saber, ou que se mostra.
///
/// O que vem do par vem como ele mandou: UTF-8 conferido e tamanho limitado, mais
/// nada. Quem mostra passa tudo por [`crate::visivel`].
#[derive(Debug, Clone, Copy)]
pub enum Acontecimento<'a> {
    /// A conversa começou, ou voltou com a mesma sessão depois de uma queda.
    Conectou {
        /// O nome do outro.
        nome: &'a str,
        /// De onde ele fala.
        endereco: SocketAddr,
        /// Se é a mesma sessão de antes.
        voltou: bool,
    },
    /// Chegou um texto, na ordem.
    Texto {
        /// O texto.
        texto: &'a str,
        /// Se a linha continua no próximo.
        continua: bool,
    },
    /// Chegou um texto que já se tinha dado por perdido (só UDP).
    Atrasado {
        /// O texto.
        texto: &'a str,
        /// Quantos itens passaram na frente dele.
        passaram: u64,
    },
    /// O outro mudou de nome.
    NovoNome {
        /// O nome de agora.
        nome: &'a str,
    },
    /// O outro programa recebeu mais destes itens nossos.
    Entregue {
        /// O número do primeiro que ainda não foi confirmado.
        ate: u64,
    },
    /// Itens do outro que não chegaram (só UDP).
    Perdidos {
        /// Quantos.
        quantos: u64,
    },
    /// A resposta a um [`Transporte::ping`] da pessoa.
    Eco {
        /// A ida e volta.
        demorou: Duration,
    },
    /// A conversa caiu; o programa tenta de novo.
    Caiu {
        /// Por quê, em uma frase sem ponto final.
        motivo: &'a str,
    },
    /// O outro se despediu.
    Saiu,
    /// O outro respondeu à nossa despedida e disse quanto ouviu (só UDP, em que isso
    /// pode ser menos que tudo).
    AteLogo {
        /// Quantos itens nossos mandamos a ele nesta conversa.
        enviados: u64,
        /// Quantos desses ele diz que recebeu.
        recebidos: u64,
    },
    /// Um item nosso que o outro não vai receber.
    NaoEntregue {
        /// O número.
        numero: u64,
        /// O que era.
        item: Item<'a>,
    },
    /// Alguém que não é o par tentou entrar e foi recusado.
    Estranho {
        /// Quem.
        quem: IpAddr,
    },
    /// O outro programa nos recusou.
    Recusou {
        /// O motivo dele.
        motivo: Motivo,
        /// A frase dele, que pode ser qualquer coisa.
        explicacao: &'a str,
    },
    /// Nós recusamos, ou deixamos de ouvir, o outro programa.
    Recusado {
        /// O nosso motivo.
        motivo: Motivo,
        /// O que se viu, em uma frase sem ponto final.
        detalhe: &'a str,
    },
    /// Uma tentativa de ligar ou de ser ouvido não deu em nada (a primeira vez, ou
    /// quando o motivo muda).
    SemResposta {
        /// O que houve, em uma frase sem ponto final.
        motivo: &'a str,
    },
    /// Com a conversa de pé, o sistema não levou algo que mandamos (a primeira vez de
    /// cada motivo). A conversa continua.
    Dificuldade {
        /// O que houve, em uma frase sem ponto final.
        motivo: &'a str,
    },
}

/// Para onde um transporte conta o que acontece.
pub type Ouvinte<'o> = &'o mut dyn FnMut(Acontecimento<'_>);

/// Um protocolo visto pelo laço. Nenhum método bloqueia.
pub trait Transporte {
    /// Numera um item e o guarda até ser mandado (e, onde há confirmação, até ser
    /// confirmado). Devolve o número. Só se chama quando [`cabe`](Self::cabe).
    fn guardar(&mut self, item: Item<'_>) -> u64;

    /// Se ainda há lugar para itens: é o que faz o laço parar de ler o teclado.
    fn cabe(&self) -> bool;

    /// Manda o que estiver guardado e puder ir agora, e a confirmação do que chegou.
    /// O laço chama no fim de cada volta, depois de mostrar o que chegou: só se
    /// confirma o que foi mostrado.
    fn mandar(&mut self, agora: Instant, ouvinte: Ouvinte<'_>);

    /// O socket com a ficha deste evento tem novidades: lê e escreve o que der, até
    /// o sistema dizer que não há mais, ou até uma cota por vez, para que uma
    /// enxurrada não pare o laço (aí [`proximo_prazo`](Self::proximo_prazo) é já).
    fn pronto(&mut self, evento: &Event, agora: Instant, ouvinte: Ouvinte<'_>);

    /// Faz o que já está na hora: repetir, perguntar, desistir.
    fn despertar(&mut self, agora: Instant, ouvinte: Ouvinte<'_>);

    /// Quando chamar [`despertar`](Self::despertar) de novo, se nada acontecer antes.
    fn proximo_prazo(&self) -> Option<Instant>;

    /// A pessoa pediu a ida e volta. `false` quando não há conversa.
    fn ping(&mut self, agora: Instant) -> bool;

    /// O nome a dizer nos próximos cumprimentos (a troca em si é um
    /// [`Item::Nome`]).
    fn renomear(&mut self, nome: &str);

    /// A saída se fechou: o que chegou e ainda não foi confirmado não foi visto nem
    /// vai ser, e daqui em diante não se confirma mais nada. Onde não há confirmação,
    /// não faz nada.
    fn parar_de_confirmar(&mut self) {}

    /// Começa a despedida: manda o que falta, espera a confirmação, diz tchau e
    /// espera a resposta. Chamar de novo não muda nada.
    fn despedir(&mut self, agora: Instant);

    /// Se a despedida acabou e o programa pode sair. Sem conversa e sem nada
    /// pendente, acaba na hora.
    fn despediu(&self) -> bool;

    /// Se há uma conversa agora.
    fn conversando(&self) -> bool;

    /// Quantos itens nossos o outro ainda não confirmou (em UDP, que não confirma:
    /// os que ainda não foram mandados).
    fn pendentes(&self) -> u64;

    /// Desiste dos itens pendentes e conta cada um, do mais velho ao mais novo, com
    /// [`Acontecimento::NaoEntregue`].
    fn desistir(&mut self, ouvinte: Ouvinte<'_>);

    /// Os números da conversa.
    fn medidas(&self) -> Medidas;
}

/// Os números que `/estatisticas` mostra, desde que o programa abriu.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Medidas {
    /// Itens nossos mandados ao menos uma vez.
    pub enviados: u64,
    /// Itens nossos que o outro confirmou (em UDP: que ele disse ter recebido, na
    /// última vez que disse).
    pub confirmados: u64,
    /// Itens diferentes do outro que chegaram.
    pub recebidos: u64,
    /// Itens do outro dados por perdidos e que não apareceram depois.
    pub perdidos: u64,
    /// Itens ou segmentos que chegaram mais de uma vez.
    pub duplicados: u64,
    /// Itens que chegaram depois de um mais novo (só UDP).
    pub fora_de_ordem: u64,
    /// Itens ou segmentos que mandamos de novo.
    pub retransmitidos: u64,
    /// O que chegou do endereço do outro e não era da conversa, ou de outro endereço
    /// (datagramas ou conexões).
    pub descartados: u64,
    /// A ida e volta, alisada como na RFC 6298, se já se mediu alguma.
    pub ida_e_volta: Option<Duration>,
}
