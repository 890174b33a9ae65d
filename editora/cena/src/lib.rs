//! O formato das cenas: o que se digita e o que se vê em cada terminal.
//!
//! Uma cena é um arquivo de texto, `book/cenas/NOME.cena`. O livro a desenha; os
//! testes a rodam com os programas de verdade e comparam. Primeiro o cabeçalho:
//!
//! ```text
//! titulo: O servidor e o cliente conversam
//! terminal 1: servidor
//! terminal 2: cliente
//!
//! 1$ cargo run --example servidor
//! 1| Servidor aguardando conexão em 127.0.0.1:50000...
//! 2$ cargo run --example cliente
//! 1| Conectado com: 127.0.0.1:‹porta_cliente=54321›
//! 2| Digite algo para o servidor (ou 'off' para desconectar): «oi»
//! 1| Recebido: oi
//! 2= 0
//! ```
//!
//! Cabeçalho: `titulo` e um `terminal N` por terminal são obrigatórios; `requer`
//! (comandos separados por vírgula, [`REDE_DE_MENTIRA`] e [`IPV6`]), `sistema` (`linux`, `macos`, `windows`) e
//! `teclado` (`terminal`) são opcionais. Com `teclado: terminal` a entrada padrão
//! dos programas é um terminal, como a de quem digita; sem ele é um cano, que é o
//! que serve aos programas que não fazem diferença, e roda em qualquer sistema.
//! Depois de uma linha em branco vêm os passos, na ordem em que acontecem, cada um
//! com o número do terminal e um sinal:
//!
//! | sinal | passo |
//! | --- | --- |
//! | `1$ comando` | o que se digita no prompt do sistema |
//! | `1\| texto` | uma linha que o programa mostra |
//! | `1= N` | o programa acaba, com o código de saída N |
//!
//! Dentro de uma linha mostrada, `«texto»`, sempre no fim, é o que a pessoa
//! digita e confirma com Enter (`«^D»` é o fim da entrada e `«^C»` a interrupção)
//! e `‹nome=valor›` é algo que muda de uma execução para outra: o livro mostra o
//! valor gravado, o teste aceita qualquer valor da mesma [`Especie`], desde que o
//! mesmo nome tenha o mesmo valor na cena inteira (menos a hora, que passa, e as
//! medidas, que nunca se repetem).
//!
//! Linhas em branco e linhas que começam com `#` não contam.

use std::fmt;

/// O que uma cena põe em `requer` quando um programa dela monta computadores de
/// mentira, com espaços de rede do núcleo.
pub const REDE_DE_MENTIRA: &str = "rede-de-mentira";

/// O que uma cena põe em `requer` quando um programa dela usa `::1`, que nem toda
/// máquina tem.
pub const IPV6: &str = "ipv6";

/// A forma de uma medida, como expressão regular.
pub const MEDIDA: &str = r"[-−]?[0-9]+(?:\.[0-9]{3})*(?:,[0-9]+)?";

/// Uma cena inteira.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cena {
    /// A legenda, como o leitor a vê.
    pub titulo: String,
    /// O nome de cada terminal, na ordem; o terminal 1 é o índice 0.
    pub terminais: Vec<String>,
    /// Comandos, além dos exemplos, sem os quais a cena não roda.
    pub requer: Vec<String>,
    /// O único sistema (`std::env::consts::OS`) em que a cena vale, se só vale em um.
    pub sistema: Option<String>,
    /// De onde os programas leem o que se digita.
    pub teclado: Teclado,
    /// O que acontece, na ordem.
    pub passos: Vec<Passo>,
}

/// O que é a entrada padrão dos programas de uma cena.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Teclado {
    /// Um cano.
    #[default]
    Cano,
    /// Um terminal: para os programas que tratam uma pessoa de outro modo. Só se
    /// imita no Unix.
    Terminal,
}

/// Uma linha de uma cena.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passo {
    /// A linha do arquivo, a partir de 1.
    pub linha: usize,
    /// O índice do terminal, a partir de 0.
    pub terminal: usize,
    /// O que acontece nele.
    pub acao: Acao,
}

/// O que acontece em um passo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acao {
    /// A pessoa digita um comando no prompt do sistema.
    Comando(String),
    /// O programa mostra uma linha, que pode acabar com algo digitado.
    Saida(Vec<Pedaco>),
    /// O programa acaba com este código de saída.
    Codigo(i32),
}

/// Um trecho de uma linha mostrada.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pedaco {
    /// Texto que tem de ser exatamente este.
    Texto(String),
    /// Um valor que muda de uma execução para outra.
    Variavel {
        /// O nome; o começo dele, até `_` ou um algarismo, diz a [`Especie`].
        nome: String,
        /// O valor que foi gravado, e que o livro mostra.
        valor: String,
    },
    /// O que a pessoa digita, sempre o último pedaço da linha.
    Digitado(Entrada),
}

/// O que a pessoa manda pelo teclado.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entrada {
    /// Um texto seguido de Enter.
    Linha(String),
    /// O fim da entrada: Ctrl-D, ou Ctrl-Z e Enter no Windows.
    Fim,
    /// Ctrl-C.
    Interrupcao,
}

/// Que valores uma variável aceita.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Especie {
    /// `porta`: de 1 a 65535.
    Porta,
    /// `numero`: um inteiro sem sinal.
    Numero,
    /// `tempo`: um número com ou sem casas decimais, com vírgula ou ponto.
    Tempo,
    /// `hora`: a hora local, de `00:00:00` a `23:59:59`. Como ela passa, cada linha
    /// tem a sua.
    Hora,
    /// `medida`: um número em português (`-1.234,5`), com os espaços que o alinham em
    /// uma coluna, se a marca os tiver. Medir de novo dá outro número: cada linha tem
    /// o seu.
    Medida,
    /// `texto`: qualquer coisa que não seja vazia.
    Texto,
    /// `so`: uma mensagem do sistema operacional. No Linux tem de ser a gravada;
    /// nos outros sistemas, qualquer uma.
    Sistema,
}

impl Especie {
    /// A espécie que o `nome` de uma variável anuncia.
    #[must_use]
    pub fn do_nome(nome: &str) -> Option<Self> {
        let fim = nome
            .find(|c: char| c == '_' || c.is_ascii_digit())
            .unwrap_or(nome.len());
        Some(match &nome[..fim] {
            "porta" => Self::Porta,
            "numero" => Self::Numero,
            "tempo" => Self::Tempo,
            "hora" => Self::Hora,
            "medida" => Self::Medida,
            "texto" => Self::Texto,
            "so" => Self::Sistema,
            _ => return None,
        })
    }

    /// Se o mesmo nome tem de ter o mesmo valor na cena inteira.
    #[must_use]
    pub fn constante(self) -> bool {
        !matches!(self, Self::Hora | Self::Medida)
    }

    /// Se `valor` serve para esta espécie, neste sistema, no lugar de `gravado`.
    #[must_use]
    pub fn aceita(self, valor: &str, gravado: &str) -> bool {
        let so_algarismos =
            |texto: &str| !texto.is_empty() && texto.bytes().all(|b| b.is_ascii_digit());
        match self {
            Self::Porta => {
                so_algarismos(valor) && valor.parse::<u16>().is_ok_and(|porta| porta > 0)
            }
            Self::Numero => so_algarismos(valor),
            Self::Tempo => {
                let mut partes = valor.splitn(2, [',', '.']);
                partes.all(so_algarismos)
            }
            Self::Hora => {
                let partes: Vec<&str> = valor.split(':').collect();
                let ate = |texto: &str, limite: u8| {
                    texto.len() == 2
                        && so_algarismos(texto)
                        && texto.parse().is_ok_and(|n: u8| n < limite)
                };
                matches!(partes[..], [h, m, s] if ate(h, 24) && ate(m, 60) && ate(s, 60))
            }
            Self::Medida => {
                let valor = valor.trim_matches(' ');
                let valor = valor.strip_prefix(['-', '−']).unwrap_or(valor);
                let (inteiro, casas) = valor.split_once(',').unwrap_or((valor, "0"));
                let mut grupos = inteiro.split('.');
                grupos.next().is_some_and(so_algarismos)
                    && grupos.all(|grupo| grupo.len() == 3 && so_algarismos(grupo))
                    && so_algarismos(casas)
            }
            Self::Sistema if cfg!(target_os = "linux") => valor == gravado,
            Self::Texto | Self::Sistema => !valor.is_empty(),
        }
    }
}

/// Algo errado em uma cena.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erro {
    /// A linha do arquivo, a partir de 1.
    pub linha: usize,
    /// O que está errado e o que se esperava.
    pub texto: String,
}

impl Cena {
    /// Lê uma cena do texto do arquivo.
    ///
    /// # Errors
    /// Todos os problemas encontrados, na ordem das linhas.
    pub fn ler(texto: &str) -> Result<Self, Vec<Erro>> {
        let mut leitura = Leitura::default();
        let mut no_cabecalho = true;
        for (indice, linha) in texto.lines().enumerate() {
            let (numero, linha) = (indice + 1, linha.trim_end());
            if linha.starts_with('#') {
                continue;
            }
            if linha.is_empty() {
                no_cabecalho &= leitura.terminais.is_empty();
            } else if no_cabecalho {
                leitura.cabecalho(numero, linha);
            } else {
                leitura.passo(numero, linha);
            }
        }
        leitura.terminar()
    }
}

/// O que já se leu de uma cena.
#[derive(Default)]
struct Leitura {
    titulo: Option<String>,
    terminais: Vec<String>,
    requer: Vec<String>,
    sistema: Option<String>,
    teclado: Teclado,
    passos: Vec<Passo>,
    erros: Vec<Erro>,
}

impl Leitura {
    fn erro(&mut self, linha: usize, texto: impl Into<String>) {
        self.erros.push(Erro {
            linha,
            texto: texto.into(),
        });
    }

    fn cabecalho(&mut self, numero: usize, linha: &str) {
        let Some((chave, valor)) = linha.split_once(": ") else {
            return self.erro(
                numero,
                format!("esperava «chave: valor» no cabeçalho da cena, veio {linha:?}"),
            );
        };
        let valor = valor.trim().to_string();
        match chave {
            "titulo" if self.titulo.is_none() => self.titulo = Some(valor),
            "requer" if self.requer.is_empty() => {
                self.requer = valor.split(',').map(|c| c.trim().to_string()).collect();
            }
            "sistema" if ["linux", "macos", "windows"].contains(&valor.as_str()) => {
                self.sistema = Some(valor);
            }
            "sistema" => self.erro(
                numero,
                format!("sistema {valor:?}: use linux, macos ou windows"),
            ),
            "teclado" if valor == "terminal" => self.teclado = Teclado::Terminal,
            "teclado" => self.erro(
                numero,
                format!("teclado {valor:?}: use terminal, ou tire a linha para que seja um cano"),
            ),
            _ if chave == format!("terminal {}", self.terminais.len() + 1) => {
                self.terminais.push(valor);
            }
            _ => self.erro(
                numero,
                format!("chave {chave:?} desconhecida, repetida ou fora de ordem"),
            ),
        }
    }

    fn passo(&mut self, numero: usize, linha: &str) {
        let Some(onde) = linha.find(['$', '|', '=']) else {
            return self.erro(numero, "esperava o número do terminal e $, | ou =");
        };
        let terminal = match linha[..onde].parse::<usize>() {
            Ok(n) if (1..=self.terminais.len()).contains(&n) => n - 1,
            _ => {
                return self.erro(
                    numero,
                    format!("{:?} não é um terminal do cabeçalho", &linha[..onde]),
                );
            }
        };
        let resto = &linha[onde + 1..];
        let conteudo = resto.strip_prefix(' ').unwrap_or(resto);
        let acao = match linha.as_bytes()[onde] {
            b'$' if conteudo.is_empty() => return self.erro(numero, "falta o comando depois de $"),
            b'$' => Acao::Comando(conteudo.to_string()),
            b'=' => match conteudo.parse() {
                Ok(codigo) => Acao::Codigo(codigo),
                Err(_) => return self.erro(numero, "depois de = vem o código de saída, um número"),
            },
            _ => match pedacos(conteudo) {
                Ok(pedacos) => Acao::Saida(pedacos),
                Err(problema) => return self.erro(numero, problema),
            },
        };
        let ja_rodou = self
            .passos
            .iter()
            .any(|p| p.terminal == terminal && matches!(p.acao, Acao::Comando(_)));
        if !ja_rodou && !matches!(acao, Acao::Comando(_)) {
            return self.erro(
                numero,
                format!("o terminal {} ainda não rodou nenhum comando", terminal + 1),
            );
        }
        self.passos.push(Passo {
            linha: numero,
            terminal,
            acao,
        });
    }

    fn terminar(mut self) -> Result<Cena, Vec<Erro>> {
        if self.titulo.is_none() {
            self.erro(1, "falta «titulo: …» no cabeçalho da cena");
        }
        if self.terminais.is_empty() {
            self.erro(1, "falta «terminal 1: …» no cabeçalho da cena");
        } else if self.passos.is_empty() && self.erros.is_empty() {
            self.erro(1, "a cena não tem passos");
        }
        match self.titulo {
            Some(titulo) if self.erros.is_empty() => Ok(Cena {
                titulo,
                terminais: self.terminais,
                requer: self.requer,
                sistema: self.sistema,
                teclado: self.teclado,
                passos: self.passos,
            }),
            _ => {
                self.erros.sort_by_key(|erro| erro.linha);
                Err(self.erros)
            }
        }
    }
}

/// Separa uma linha mostrada em pedaços.
fn pedacos(linha: &str) -> Result<Vec<Pedaco>, String> {
    let (mut resto, digitado) = match linha.strip_suffix('»').and_then(|l| l.rsplit_once('«')) {
        Some((antes, "^D")) => (antes, Some(Entrada::Fim)),
        Some((antes, "^C")) => (antes, Some(Entrada::Interrupcao)),
        Some((antes, texto)) => (antes, Some(Entrada::Linha(texto.to_string()))),
        None => (linha, None),
    };
    let mut saida = Vec::new();
    while let Some((antes, depois)) = resto.split_once('‹') {
        let (marca, depois) = depois
            .split_once('›')
            .ok_or("falta › para fechar ‹nome=valor›")?;
        let (nome, valor) = marca
            .split_once('=')
            .ok_or("esperava nome=valor entre ‹ e ›")?;
        let especie = Especie::do_nome(nome).ok_or_else(|| {
            format!(
                "variável {nome:?}: o nome começa com porta, numero, tempo, hora, medida, texto ou so"
            )
        })?;
        if !especie.aceita(valor, valor) {
            return Err(format!(
                "o valor {valor:?} não serve para a variável {nome:?}"
            ));
        }
        let repete = |pedaco: &Pedaco| matches!(pedaco, Pedaco::Variavel { nome: outro, .. } if outro == nome);
        if especie == Especie::Medida && saida.iter().any(repete) {
            return Err(format!(
                "a variável {nome:?} já está nesta linha: cada medida dela tem o seu nome"
            ));
        }
        if !antes.is_empty() {
            saida.push(Pedaco::Texto(antes.to_string()));
        }
        saida.push(Pedaco::Variavel {
            nome: nome.to_string(),
            valor: valor.to_string(),
        });
        resto = depois;
    }
    if !resto.is_empty() {
        saida.push(Pedaco::Texto(resto.to_string()));
    }
    saida.extend(digitado.map(Pedaco::Digitado));
    Ok(saida)
}

impl fmt::Display for Cena {
    /// Escreve a cena de volta no formato do arquivo, sem os comentários.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "titulo: {}", self.titulo)?;
        for (indice, nome) in self.terminais.iter().enumerate() {
            writeln!(f, "terminal {}: {nome}", indice + 1)?;
        }
        if !self.requer.is_empty() {
            writeln!(f, "requer: {}", self.requer.join(", "))?;
        }
        if let Some(sistema) = &self.sistema {
            writeln!(f, "sistema: {sistema}")?;
        }
        if self.teclado == Teclado::Terminal {
            writeln!(f, "teclado: terminal")?;
        }
        writeln!(f)?;
        self.passos
            .iter()
            .try_for_each(|passo| writeln!(f, "{passo}"))
    }
}

impl fmt::Display for Passo {
    /// Escreve o passo como uma linha do arquivo.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terminal = self.terminal + 1;
        match &self.acao {
            Acao::Comando(comando) => write!(f, "{terminal}$ {comando}"),
            Acao::Codigo(codigo) => write!(f, "{terminal}= {codigo}"),
            Acao::Saida(pedacos) if pedacos.is_empty() => write!(f, "{terminal}|"),
            Acao::Saida(pedacos) => {
                write!(f, "{terminal}| ")?;
                pedacos.iter().try_for_each(|pedaco| write!(f, "{pedaco}"))
            }
        }
    }
}

impl fmt::Display for Pedaco {
    /// Escreve o pedaço com as marcas do arquivo.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Texto(texto) => f.write_str(texto),
            Self::Variavel { nome, valor } => write!(f, "‹{nome}={valor}›"),
            Self::Digitado(Entrada::Linha(texto)) => write!(f, "«{texto}»"),
            Self::Digitado(Entrada::Fim) => f.write_str("«^D»"),
            Self::Digitado(Entrada::Interrupcao) => f.write_str("«^C»"),
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const CONVERSA: &str = "\
titulo: Conversa
terminal 1: servidor
terminal 2: cliente
requer: ss, python3
sistema: linux
teclado: terminal

1$ cargo run --example servidor
1| Conectado com: 127.0.0.1:‹porta_cliente=54321›
2$ cargo run --example cliente -- 127.0.0.1:50000
2| Diga: «oi = $ |»
2| «^D»
1|
2= 0
";

    fn erros(texto: &str) -> Vec<(usize, String)> {
        Cena::ler(texto)
            .unwrap_err()
            .into_iter()
            .map(|e| (e.linha, e.texto))
            .collect()
    }

    #[test]
    fn o_que_se_le_e_o_que_se_escreve() {
        let cena = Cena::ler(CONVERSA).unwrap();
        assert_eq!(cena.to_string(), CONVERSA);
        assert_eq!(cena.passos.len(), 7);
        assert_eq!(
            cena.passos[3].acao,
            Acao::Saida(vec![
                Pedaco::Texto("Diga: ".into()),
                Pedaco::Digitado(Entrada::Linha("oi = $ |".into()))
            ])
        );
    }

    #[test]
    fn todos_os_erros_saem_de_uma_vez_com_a_linha() {
        let achados = erros(
            "titulo: T\nterminal 1: a\ncor: azul\n\n1| antes\n2$ x\n1$ y\n1| ‹cor=1›\n1= um\n",
        );
        let linhas: Vec<usize> = achados.iter().map(|(linha, _)| *linha).collect();
        assert_eq!(linhas, [3, 5, 6, 8, 9], "{achados:?}");
    }

    #[test]
    fn uma_cena_vazia_diz_o_que_falta() {
        let achados = erros("");
        assert!(achados[0].1.contains("titulo") && achados[1].1.contains("terminal 1"));
        assert!(
            erros("titulo: T\nterminal 1: a\n\n")[0]
                .1
                .contains("passos")
        );
    }

    #[test]
    fn o_teclado_e_um_cano_ou_um_terminal() {
        let cena = |linha: &str| format!("titulo: T\nterminal 1: a\n{linha}\n1$ x\n");
        assert_eq!(Cena::ler(&cena("")).unwrap().teclado, Teclado::Cano);
        let terminal = Cena::ler(&cena("teclado: terminal\n")).unwrap();
        assert_eq!(terminal.teclado, Teclado::Terminal);
        let achados = erros(&cena("teclado: abnt\n"));
        assert!(achados[0].1.contains("use terminal"), "{achados:?}");
    }

    #[test]
    fn cada_medida_de_uma_linha_tem_o_seu_nome() {
        let cena = |linha: &str| format!("titulo: T\nterminal 1: a\n\n1$ x\n1| {linha}\n");
        assert!(Cena::ler(&cena("‹medida_a=1› ‹medida_b=2,5›")).is_ok());
        let achados = erros(&cena("‹medida_a=1› ‹medida_a=2›"));
        assert!(achados[0].1.contains("já está nesta linha"), "{achados:?}");
    }

    #[test]
    fn comentarios_e_linhas_em_branco_nao_contam() {
        let cena =
            Cena::ler("# nota\n\ntitulo: T\nterminal 1: a\n\n# nota\n1$ x\n\n1| y\n").unwrap();
        assert_eq!(cena.passos[1].linha, 9);
    }

    #[test]
    fn cada_especie_aceita_o_seu_e_recusa_o_resto() {
        let aceita =
            |nome: &str, valor: &str| Especie::do_nome(nome).unwrap().aceita(valor, "gravado");
        assert!(aceita("porta_2", "65535") && !aceita("porta", "0") && !aceita("porta", "65536"));
        assert!(aceita("numero", "0") && !aceita("numero", "-1") && !aceita("numero", ""));
        assert!(
            aceita("tempo1", "1,5")
                && aceita("tempo", "3")
                && !aceita("tempo", "1,5s")
                && !aceita("tempo", ",")
        );
        assert!(aceita("hora", "00:00:00") && aceita("hora_1", "23:59:59"));
        for valor in [
            "24:00:00",
            "12:60:00",
            "1:02:03",
            "12:00",
            "12:00:00:00",
            "+1:02:03",
        ] {
            assert!(!aceita("hora", valor), "{valor}");
        }
        for valor in ["0", "11,6", "-0,5", "−3", "1.234.567,8", "1234", "   7,1 "] {
            assert!(aceita("medida_p50", valor), "{valor}");
        }
        for valor in ["", " ", "-", ",5", "1,", "1.2", "1.2345", "1,5 s", "1,5.0"] {
            assert!(!aceita("medida", valor), "{valor}");
        }
        assert!(aceita("texto", "x") && !aceita("texto", ""));
        assert_eq!(aceita("so", "outro"), !cfg!(target_os = "linux"));
        assert_eq!(Especie::do_nome("cor"), None);
    }
}
