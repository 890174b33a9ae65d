//! Roda uma cena e confere, passo a passo, que ela diz a verdade.

use std::time::Duration;

use cena::{Acao, Cena, Entrada, Passo, Pedaco};

use crate::Falha;
use crate::padrao::{Desencontro, Rigor, Valores, casar};
use crate::palco::{Ambiente, Lido, Palco};
use crate::portas_da_cena::PortasDaCena;

/// O que se descobriu de errado em um passo.
struct Problema {
    /// A linha do arquivo.
    linha: usize,
    terminal: usize,
    frase: String,
    /// O que a cena esperava e não veio.
    esperado: Vec<String>,
    /// O que veio no lugar e já foi lido.
    veio: Vec<String>,
}

/// Roda `cena`, lida do arquivo `nome`, e compara cada linha com a gravada.
///
/// # Errors
/// No primeiro passo em que o que se vê não é o que está gravado, com o que cada
/// terminal mostrou. Depois disso nenhum processo da cena continua rodando.
pub fn comparar(nome: &str, cena: &Cena, ambiente: &Ambiente) -> Result<(), Falha> {
    let palco = Palco::novo(cena, ambiente, PortasDaCena::livres());
    let mut comparacao = Comparacao {
        cena,
        palco,
        valores: Valores::new(),
    };
    comparacao
        .rodar()
        .map_err(|problema| comparacao.contar(nome, &problema))
}

struct Comparacao<'a> {
    cena: &'a Cena,
    palco: Palco,
    valores: Valores,
}

impl Comparacao<'_> {
    fn rodar(&mut self) -> Result<(), Problema> {
        for (indice, passo) in self.cena.passos.iter().enumerate() {
            match &passo.acao {
                Acao::Comando(comando) => self.comando(passo, comando)?,
                Acao::Saida(pedacos) => match pedacos.split_last() {
                    Some((Pedaco::Digitado(entrada), antes)) => {
                        self.digitado(indice, passo, antes, entrada)?;
                    }
                    _ => self.saida(indice, passo, pedacos)?,
                },
                Acao::Codigo(codigo) => self.codigo(passo, *codigo)?,
            }
        }
        self.terminar()
    }

    fn comando(&mut self, passo: &Passo, comando: &str) -> Result<(), Problema> {
        if self.palco.terminais[passo.terminal].filho.is_some() {
            self.esperar_fim(passo, "a cena digita outro comando")?;
            self.conferir_codigo(passo)?;
        }
        self.palco
            .abrir(passo.terminal, comando)
            .map_err(|falha| problema(passo, falha.to_string()))
    }

    fn saida(&mut self, indice: usize, passo: &Passo, pedacos: &[Pedaco]) -> Result<(), Problema> {
        let ultima = e_a_ultima_saida(self.cena, indice);
        let prazo = self.palco.ambiente.prazo;
        let lido = if ultima {
            let valores = self.valores.clone();
            self.palco.ler_ultima(passo.terminal, prazo, |texto| {
                casar(pedacos, texto, Rigor::Comparar, &mut valores.clone()).is_ok()
            })
        } else {
            self.palco
                .ler(passo.terminal, self.palco.ambiente.prazo, |_| false)
        };
        let veio = match lido {
            Lido::Linha(linha) | Lido::Prompt(linha) => linha,
            Lido::Fim => return Err(falta(passo, "o programa acabou sem mostrar esta linha")),
            Lido::Nada(_) => {
                return Err(falta(passo, &format!("esta linha não veio em {prazo:?}")));
            }
        };
        match casar(pedacos, &veio, Rigor::Comparar, &mut self.valores) {
            Ok(()) => {
                self.palco.terminais[passo.terminal].anotar(&veio);
                Ok(())
            }
            Err(desencontro) => Err(outra_linha(passo, &veio, desencontro)),
        }
    }

    fn digitado(
        &mut self,
        indice: usize,
        passo: &Passo,
        prompt: &[Pedaco],
        entrada: &Entrada,
    ) -> Result<(), Problema> {
        let terminal = passo.terminal;
        let mut veio = String::new();
        if !prompt.is_empty() {
            let valores = self.valores.clone();
            let prazo = self.palco.ambiente.prazo;
            let lido = self.palco.ler(terminal, prazo, |texto| {
                casar(prompt, texto, Rigor::Comparar, &mut valores.clone()).is_ok()
            });
            veio = match lido {
                Lido::Prompt(texto) => texto,
                Lido::Linha(linha) => return Err(outra_linha(passo, &linha, Desencontro::Texto)),
                Lido::Fim => return Err(falta(passo, "o programa acabou antes de perguntar")),
                Lido::Nada(_) => {
                    return Err(falta(passo, &format!("a pergunta não veio em {prazo:?}")));
                }
            };
            // Casou há pouco; falta anotar as variáveis.
            let _ = casar(prompt, &veio, Rigor::Comparar, &mut self.valores);
        }
        if self.palco.terminais[terminal].acabou() {
            return Err(falta(passo, "o programa acabou antes de se digitar isto"));
        }
        self.palco.digitar(self.cena, indice, entrada);
        let digitado = Pedaco::Digitado(entrada.clone());
        self.palco.terminais[terminal].anotar(&format!("{veio}{digitado}"));
        Ok(())
    }

    fn codigo(&mut self, passo: &Passo, esperado: i32) -> Result<(), Problema> {
        let veio = self.esperar_fim(passo, "a cena diz que ele acaba")?;
        if veio != esperado {
            return Err(Problema {
                esperado: vec![format!("= {esperado}")],
                veio: vec![format!("= {veio}")],
                ..problema(passo, "o código de saída é outro")
            });
        }
        let terminal = &mut self.palco.terminais[passo.terminal];
        terminal.conferido = true;
        terminal.anotar(&format!("= {veio}"));
        Ok(())
    }

    /// Espera que o programa do terminal acabe sem mostrar mais nada.
    fn esperar_fim(&mut self, passo: &Passo, porque: &str) -> Result<i32, Problema> {
        let prazo = self.palco.ambiente.prazo;
        let terminal = &mut self.palco.terminais[passo.terminal];
        let Some(filho) = &mut terminal.filho else {
            return Err(problema(passo, "não há programa neste terminal"));
        };
        let fim = filho.esperar_fim_em(prazo);
        let sobra = !terminal.resto(self.palco.portas).is_empty();
        match fim {
            _ if sobra => Err(problema(passo, "o programa mostrou mais do que a cena")),
            Ok(codigo) => Ok(codigo),
            Err(_) => Err(problema(
                passo,
                format!("{porque}, mas o programa ainda roda depois de {prazo:?}"),
            )),
        }
    }

    /// Confere o código de um programa que acabou sem que a cena dissesse qual.
    fn conferir_codigo(&mut self, passo: &Passo) -> Result<(), Problema> {
        match self.palco.terminais[passo.terminal].codigo_calado() {
            None => Ok(()),
            Some(codigo) => Err(Problema {
                veio: vec![format!("= {codigo}")],
                ..problema(passo, "o programa acabou com erro e a cena não diz")
            }),
        }
    }

    /// O fim da cena: nada pode ter sobrado em nenhum terminal.
    fn terminar(&mut self) -> Result<(), Problema> {
        self.palco.esperar_silencio(self.palco.ambiente.calma);
        for terminal in 0..self.palco.terminais.len() {
            let da_vez = |passo: &&Passo| passo.terminal == terminal;
            let Some(ultimo) = self.cena.passos.iter().rfind(da_vez) else {
                continue;
            };
            let resto = self.palco.terminais[terminal].resto(self.palco.portas);
            if !resto.is_empty() {
                return Err(problema(ultimo, "o programa mostrou mais do que a cena"));
            }
            self.conferir_codigo(ultimo)?;
        }
        Ok(())
    }

    /// A mensagem inteira: onde, o quê, o que cada terminal mostrou, o que fazer.
    fn contar(&mut self, nome: &str, problema: &Problema) -> Falha {
        // O que ainda está saindo ajuda a entender.
        self.palco
            .esperar_silencio(self.palco.ambiente.calma.min(Duration::from_millis(200)));
        let relato = self
            .palco
            .relato(problema.terminal, &problema.esperado, &problema.veio);
        Falha::nova(format!(
            "book/cenas/{nome}.cena:{}: terminal {}: {}\n{relato}\n\
             Se o programa está certo e a cena envelheceu, grave de novo:\n    \
             ATUALIZAR=1 cargo test -p provas --test cenas {nome}",
            problema.linha,
            problema.terminal + 1,
            problema.frase,
        ))
    }
}

/// Se o programa que mostra a saída do passo `indice` não mostra mais nada depois.
pub(crate) fn e_a_ultima_saida(cena: &Cena, indice: usize) -> bool {
    let terminal = cena.passos[indice].terminal;
    let seguinte = cena.passos[indice + 1..]
        .iter()
        .find(|passo| passo.terminal == terminal);
    !seguinte.is_some_and(|passo| matches!(passo.acao, Acao::Saida(_)))
}

fn problema(passo: &Passo, frase: impl Into<String>) -> Problema {
    Problema {
        linha: passo.linha,
        terminal: passo.terminal,
        frase: frase.into(),
        esperado: Vec::new(),
        veio: Vec::new(),
    }
}

fn falta(passo: &Passo, frase: &str) -> Problema {
    Problema {
        esperado: vec![como_se_ve(passo)],
        ..problema(passo, frase)
    }
}

fn outra_linha(passo: &Passo, veio: &str, desencontro: Desencontro) -> Problema {
    let frase = match desencontro {
        Desencontro::Texto => "a saída não é a gravada".into(),
        Desencontro::Incoerente { nome, antes, agora } => {
            format!("a variável {nome} valia {antes:?} e agora vale {agora:?}")
        }
    };
    Problema {
        esperado: vec![como_se_ve(passo)],
        veio: vec![sockets::visivel(veio.as_bytes())],
        ..problema(passo, frase)
    }
}

/// O passo como está no arquivo, sem o número do terminal.
fn como_se_ve(passo: &Passo) -> String {
    let linha = passo.to_string();
    match linha.split_once('|') {
        Some((_, conteudo)) => conteudo.trim_start().to_string(),
        None => linha,
    }
}
