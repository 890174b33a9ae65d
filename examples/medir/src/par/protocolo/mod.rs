//! As mensagens entre o cliente e o servidor das medições, e os seus bytes. Nenhum
//! socket. O formato está em [`super`].
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`quadro`] | mensagens em um fluxo TCP, com qualquer corte |
//! | [`escrita`], [`leitura`] | de mensagem para bytes e de volta |
//! | [`violacao`] | o que não é deste protocolo |
//! | [`limites`] | o que se pode pedir |
//! | [`duvidas`] | o que um lado acha do que o outro relata |

pub mod duvidas;
pub mod escrita;
pub mod leitura;
pub mod limites;
pub mod quadro;
pub mod violacao;

pub use duvidas::{Duvida, Duvidas};
pub use violacao::Violacao;

/// A versão do protocolo. Dois programas de versões diferentes não medem juntos.
pub const VERSAO: u16 = 1;

/// Como começa o que se diz em uma conexão nova.
pub const MAGIA: [u8; 4] = *b"medp";

/// O maior corpo de um quadro, em bytes: com folga para a maior mensagem.
pub const MAIOR_CORPO: usize = 256;

/// O maior nome de um controle de congestionamento, em bytes (`TCP_CA_NAME_MAX`, no
/// Linux).
pub const MAIOR_CONGESTIONAMENTO: usize = 16;

/// A maior explicação de uma recusa, em bytes.
pub const MAIOR_EXPLICACAO: usize = 200;

/// A sessão que o servidor sorteia para um cliente: quem a sabe ouviu o servidor. Não é
/// zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sessao(pub u64);

/// Uma mensagem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mensagem {
    /// O cliente se apresenta, na conexão de controle.
    Ola,
    /// O servidor o aceita.
    BemVindo {
        /// A sessão dele.
        sessao: Sessao,
    },
    /// A primeira mensagem de uma conexão de dados. Depois dela, só dados.
    Dados {
        /// De que sessão ela é.
        sessao: Sessao,
        /// De que experimento.
        experimento: u32,
    },
    /// O cliente prova que recebe o que o servidor lhe manda por UDP.
    Caminho {
        /// O que o servidor pôs no datagrama.
        prova: u64,
    },
    /// O cliente pede uma medida.
    Pedido {
        /// O número dela na sessão, desde 1.
        experimento: u32,
        /// O que se mede.
        pedido: Pedido,
    },
    /// O servidor está pronto para a medida, ou (0) conhece o caminho por UDP.
    Pronto {
        /// O número da medida.
        experimento: u32,
    },
    /// Quem mandava acabou, e diz o que mandou.
    Envio {
        /// O número da medida.
        experimento: u32,
        /// O que ele mandou.
        envio: Envio,
    },
    /// Quem recebia datagramas diz o que recebeu.
    Chegadas {
        /// O número da medida.
        experimento: u32,
        /// O que ele recebeu.
        chegadas: Chegadas,
    },
    /// Quem recebia bytes diz o que recebeu.
    Bytes {
        /// O número da medida.
        experimento: u32,
        /// O que ele recebeu.
        bytes: Bytes,
    },
    /// O que um lado acha do que o outro relatou.
    Opiniao {
        /// O número da medida.
        experimento: u32,
        /// Do que ele duvida.
        duvidas: Duvidas,
    },
    /// Um lado não quer, ou não pode, continuar.
    Recusa {
        /// Por quê.
        motivo: Motivo,
        /// O mesmo, em uma frase do outro programa, que pode ser qualquer coisa.
        explicacao: String,
    },
    /// O cliente acabou.
    Tchau,
}

impl Mensagem {
    /// Como uma frase a chama.
    #[must_use]
    pub fn nome(&self) -> &'static str {
        match self {
            Self::Ola => "OLÁ",
            Self::BemVindo { .. } => "BEM-VINDO",
            Self::Dados { .. } => "DADOS",
            Self::Caminho { .. } => "CAMINHO",
            Self::Pedido { .. } => "PEDIDO",
            Self::Pronto { .. } => "PRONTO",
            Self::Envio { .. } => "ENVIO",
            Self::Chegadas { .. } => "CHEGADAS",
            Self::Bytes { .. } => "BYTES",
            Self::Opiniao { .. } => "OPINIÃO",
            Self::Recusa { .. } => "RECUSA",
            Self::Tchau => "TCHAU",
        }
    }
}

/// Por onde vai o que se mede.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocolo {
    /// Por uma conexão de dados.
    Tcp,
    /// Por datagramas.
    Udp,
}

impl Protocolo {
    /// O nome, nas tabelas e nas frases.
    #[must_use]
    pub fn nome(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Para onde vai o que se mede.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sentido {
    /// Do cliente ao servidor.
    Ida,
    /// Do servidor ao cliente.
    Volta,
}

impl Sentido {
    /// O nome, nas tabelas e nas frases.
    #[must_use]
    pub fn nome(self) -> &'static str {
        match self {
            Self::Ida => "ida",
            Self::Volta => "volta",
        }
    }
}

/// O que o cliente pede que se meça.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pedido {
    /// O servidor devolve o que o cliente manda.
    Eco {
        /// Por onde.
        protocolo: Protocolo,
        /// O que o cliente manda.
        serie: Serie,
    },
    /// Datagramas em um sentido.
    Datagramas {
        /// Em qual.
        sentido: Sentido,
        /// Quais.
        serie: Serie,
    },
    /// Bytes por uma conexão, tão depressa quanto ela os leve.
    Fluxo {
        /// Em que sentido.
        sentido: Sentido,
        /// Por quanto tempo.
        tempos: Tempos,
    },
}

/// Mensagens iguais, em instantes marcados.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serie {
    /// Quantas.
    pub quantos: u32,
    /// Bytes de cada uma.
    pub tamanho: u32,
    /// Quantas por segundo.
    pub ritmo: u32,
    /// Quanto se espera pelas últimas depois que quem manda acaba, em milissegundos.
    pub escoar_ms: u32,
}

/// Os tempos de um fluxo de bytes, em milissegundos, contados de quando chegam os
/// primeiros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tempos {
    /// Por quanto tempo se manda, e até quando se conta.
    pub duracao_ms: u32,
    /// Quanto do começo não conta: a conexão ainda acelera.
    pub aquecimento_ms: u32,
}

/// O que mandou quem mandava.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envio {
    /// Mensagens que o sistema aceitou; em um fluxo, zero.
    pub enviados: u64,
    /// Bytes que o sistema aceitou, sem os cabeçalhos.
    pub bytes: u64,
    /// Vezes em que mandar não deu certo; nada disso está em `enviados`.
    pub erros: u64,
    /// Vezes em que o resto da agenda andou para a frente, porque quem mandava se
    /// atrasou.
    pub remarcados: u64,
    /// Do primeiro ao último envio, em nanossegundos.
    pub intervalo_ns: u64,
    /// Segmentos que o TCP mandou de novo, onde o sistema diz.
    pub retransmitidos: Option<u64>,
    /// O controle de congestionamento do TCP; vazio onde o sistema não diz.
    pub congestionamento: String,
}

/// O que recebeu quem recebia datagramas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Chegadas {
    /// Números diferentes que chegaram.
    pub unicos: u64,
    /// Cópias do que já tinha chegado.
    pub repetidos: u64,
    /// Dos únicos, os que chegaram depois de um de número maior (RFC 4737).
    pub ultrapassados: u64,
    /// Datagramas da medida com um número que ninguém pediu.
    pub inventados: u64,
    /// Um a mais que o maior número que chegou.
    pub proximo: u64,
    /// Bytes do que chegou, tudo isso junto, sem os cabeçalhos.
    pub bytes: u64,
    /// Da primeira à última chegada, em nanossegundos.
    pub intervalo_ns: u64,
    /// A variação entre chegadas (RFC 3550 §6.4.1), em nanossegundos; nada, com
    /// menos de dois.
    pub variacao_ns: Option<u64>,
    /// Datagramas que o sistema jogou fora porque o buffer do socket estava cheio, onde
    /// ele diz.
    pub sem_buffer: Option<u64>,
    /// O tamanho desse buffer, em bytes, como o sistema o conta.
    pub buffer: u64,
    /// Quantos se mandaram de volta, em um eco.
    pub devolvidos: u64,
}

/// O que recebeu quem recebia um fluxo de bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bytes {
    /// Todos.
    pub recebidos: u64,
    /// Da primeira à última leitura, em nanossegundos.
    pub intervalo_ns: u64,
    /// Os da janela que conta: depois do aquecimento e antes do fim.
    pub na_janela: u64,
    /// Quanto durou a janela, em nanossegundos.
    pub janela_ns: u64,
    /// Se o fluxo acabou antes que se parasse de ler: é tudo o que se mandou.
    pub inteiro: bool,
}

/// Por que um lado recusa o outro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motivo {
    /// Fala outra versão do protocolo.
    Versao,
    /// O servidor mede com outro cliente.
    Ocupado,
    /// O que chegou não é deste protocolo.
    Lixo,
    /// A conexão de dados não é de ninguém que se espere.
    Estranho,
    /// O que se pede passa dos limites.
    Limite,
    /// O caminho por UDP não está confirmado.
    Caminho,
    /// O que se esperava não veio a tempo.
    Demora,
    /// O sistema não deixou.
    Sistema,
    /// Alguém acabou com o programa.
    Fim,
}

impl Motivo {
    /// Todos, e o número de cada um no fio: o lugar dele aqui, desde 1.
    pub const TODOS: [Self; 9] = [
        Self::Versao,
        Self::Ocupado,
        Self::Lixo,
        Self::Estranho,
        Self::Limite,
        Self::Caminho,
        Self::Demora,
        Self::Sistema,
        Self::Fim,
    ];
}
