//! As mensagens do chat e os seus bytes. Nenhum socket aqui: só funções puras.
//!
//! A especificação, com as razões, é o capítulo «O protocolo»
//! (`book/src/chat/protocolo.md`). Um **corpo** é um byte com o tipo da mensagem e
//! os campos dela. Todo inteiro vai em *big-endian* (a ordem da rede, RFC 1700);
//! todo texto vai em UTF-8. Um campo de tamanho variável é sempre o último e vai até
//! o fim do corpo: onde é esse fim quem sabe é o quadro ou o datagrama que o leva.

mod escrita;
mod leitura;
mod violacao;

pub use violacao::Violacao;

/// A versão do protocolo que este programa fala.
pub const VERSAO: u8 = 1;

/// O maior texto de uma mensagem, em bytes. Com os cabeçalhos, cabe com folga em um
/// datagrama de 1200 bytes, que passa inteiro por qualquer rede comum (RFC 8085
/// §3.2; RFC 8200 §5 garante 1280 no IPv6).
pub const MAIOR_TEXTO: usize = 1000;

/// O maior nome, em bytes.
pub const MAIOR_NOME: usize = 96;

/// A maior explicação de uma recusa, em bytes.
pub const MAIOR_EXPLICACAO: usize = 200;

/// A maior carga de um segmento, em bytes: o que sobra em um datagrama depois do
/// cabeçalho dele, do tipo da mensagem e do número.
pub const MAIOR_CARGA: usize =
    super::datagrama::MAIOR_DATAGRAMA - super::datagrama::CABECALHO - 1 - 8;

/// O primeiro byte de cada corpo: que mensagem ele traz.
mod tipo {
    pub const OLA: u8 = 1;
    pub const ACEITO: u8 = 2;
    pub const RECUSA: u8 = 3;
    pub const ITEM: u8 = 4;
    pub const CONFIRMA: u8 = 5;
    pub const PING: u8 = 6;
    pub const PONG: u8 = 7;
    pub const TCHAU: u8 = 8;
    pub const ATE_LOGO: u8 = 9;
    pub const SEGMENTO: u8 = 10;
    pub const RECIBO: u8 = 11;

    /// O nome de cada tipo na especificação; nenhum para os que não existem.
    pub fn nome(tipo: u8) -> Option<&'static str> {
        Some(match tipo {
            OLA => "OLÁ",
            ACEITO => "ACEITO",
            RECUSA => "RECUSA",
            ITEM => "ITEM",
            CONFIRMA => "CONFIRMA",
            PING => "PING",
            PONG => "PONG",
            TCHAU => "TCHAU",
            ATE_LOGO => "ATÉ LOGO",
            SEGMENTO => "SEGMENTO",
            RECIBO => "RECIBO",
            _ => return None,
        })
    }
}

/// O que um item traz.
mod especie {
    pub const TEXTO: u8 = 0;
    pub const TEXTO_QUE_CONTINUA: u8 = 1;
    pub const NOME: u8 = 2;
}

/// Em que protocolo a conversa corre: vai no cumprimento, para que dois chats
/// abertos em modos diferentes se expliquem em vez de se ignorar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modo {
    /// TCP.
    Tcp = 1,
    /// UDP, uma mensagem por datagrama, sem repetição.
    Udp = 2,
    /// UDP com confirmação, repetição e ordem.
    UdpConfiavel = 3,
}

impl Modo {
    /// A opção com que se abre o chat neste modo.
    #[must_use]
    pub fn opcao(self) -> &'static str {
        match self {
            Self::Tcp => "--protocolo tcp",
            Self::Udp => "--protocolo udp",
            Self::UdpConfiavel => "--protocolo udp-confiavel",
        }
    }
}

/// O número que um programa sorteia ao abrir e que o distingue de qualquer outro,
/// inclusive de si mesmo aberto de novo. Nunca é 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sessao(pub u64);

/// Por que uma conversa foi recusada. O número é o que vai na rede.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motivo {
    /// Uma versão do protocolo que não se fala aqui.
    Versao = 1,
    /// O endereço não é o de quem se espera (`--ip`).
    Estranho = 2,
    /// Já há uma conversa.
    Ocupado = 3,
    /// Bytes que não são deste protocolo.
    Lixo = 4,
    /// O outro abriu o chat em outro modo.
    Modo = 5,
    /// As duas sessões são a mesma: o programa ligou para si mesmo.
    Espelho = 6,
    /// O que se começou a dizer não acabou dentro do prazo.
    Demora = 7,
}

/// O que leva um número: chega uma vez e em ordem (TCP e UDP confiável), ou se sabe
/// que não chegou (UDP).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// Um texto. `continua` diz que a linha digitada não acaba aqui: ela era maior
    /// que [`MAIOR_TEXTO`] e segue no próximo item.
    Texto {
        /// O texto, sem quebra de linha, com até [`MAIOR_TEXTO`] bytes.
        texto: &'a str,
        /// Se a linha continua no próximo item.
        continua: bool,
    },
    /// Quem fala passou a se chamar assim.
    Nome(&'a str),
}

/// Uma mensagem do protocolo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mensagem<'a> {
    /// O cumprimento, nos dois sentidos, antes de tudo.
    Ola {
        /// A versão de quem fala.
        versao: u8,
        /// O protocolo em que quem fala abriu o chat.
        modo: Modo,
        /// A sessão de quem fala.
        sessao: Sessao,
        /// A sessão do outro, se quem fala já a conhece.
        conhecida: Option<Sessao>,
        /// Só em TCP: quantos itens da sessão `conhecida` quem fala já recebeu, em
        /// ordem. Nos outros modos, 0.
        recebidos: u64,
        /// O número do item mais velho que quem fala ainda pode mandar: os de antes
        /// já foram confirmados, ou (em UDP) já foram mandados a outra sessão.
        proximo: u64,
        /// O nome de quem fala.
        nome: &'a str,
    },
    /// Só em TCP: esta é a conexão da conversa. Quem decide é a sessão maior.
    Aceito,
    /// Não, e por quê.
    Recusa {
        /// O motivo, para o programa.
        motivo: Motivo,
        /// Uma frase, para a pessoa.
        explicacao: &'a str,
    },
    /// Um texto ou uma troca de nome.
    Item {
        /// O lugar dele entre os itens da sessão; o primeiro é 0.
        numero: u64,
        /// O que é.
        item: Item<'a>,
    },
    /// Só em TCP: quem fala mostrou todos os itens de número menor que este.
    Confirma {
        /// Quantos itens foram recebidos, em ordem.
        recebidos: u64,
    },
    /// Pergunta que se responde na hora, com a mesma marca.
    Ping {
        /// Um número qualquer, devolvido na resposta.
        marca: u64,
    },
    /// A resposta.
    Pong {
        /// A marca da pergunta.
        marca: u64,
        /// Quantos itens diferentes quem responde já recebeu.
        recebidos: u64,
    },
    /// Quem fala vai embora.
    Tchau {
        /// Quantos itens quem fala numerou ao todo.
        enviados: u64,
    },
    /// A resposta ao [`Mensagem::Tchau`].
    AteLogo {
        /// Quantos itens diferentes quem responde recebeu ao todo.
        recebidos: u64,
    },
    /// Só em UDP confiável: um segmento, com quadros inteiros dentro.
    Segmento {
        /// O número do segmento; o primeiro é 0.
        numero: u64,
        /// Quadros, cada um com o tamanho na frente, como em TCP.
        carga: &'a [u8],
    },
    /// Só em UDP confiável: o que chegou.
    Recibo(crate::arq::Recibo),
}
