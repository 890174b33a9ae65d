//! Os terminais de uma cena enquanto ela roda.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cena::{Acao, Cena, Entrada, Teclado};

use crate::comando::Comando;
use crate::exemplos::{Programa, executavel};
use crate::filho::{Achado, Filho, proxima_linha, texto};
use crate::portas_da_cena::PortasDaCena;
use crate::{Falha, prazo_padrao};

/// De quanto em quanto tempo se olha se os terminais se calaram.
const PASSO: Duration = Duration::from_millis(10);

/// Quantas vezes a calma um programa tem para mostrar a primeira linha, quando
/// ninguém sabe se ele vai mostrar alguma: o Python chega a demorar um segundo.
const CALMAS_PARA_COMECAR: u32 = 15;

/// 128 mais o número de SIGINT: como o shell conta quem morreu de Ctrl-C.
const MORTE_POR_CTRL_C: i32 = 130;

/// Acha o executável de um exemplo.
pub type Localizador = Arc<dyn Fn(&Programa) -> Result<PathBuf, Falha> + Send + Sync>;

/// Onde uma cena roda: o que muda entre o livro e as provas do próprio executor.
#[derive(Clone)]
pub struct Ambiente {
    /// Acha o executável de um exemplo.
    pub exemplos: Localizador,
    /// O máximo que se espera por cada linha e por cada fim.
    pub prazo: Duration,
    /// Quanto silêncio convence de que não vem mais nada.
    pub calma: Duration,
    /// Se a gravação prefere as portas que o livro mostra.
    pub portas_do_livro: bool,
}

impl Ambiente {
    /// O ambiente das cenas do livro.
    #[must_use]
    pub fn do_livro() -> Self {
        Self {
            exemplos: Arc::new(executavel),
            // Algumas cenas esperam o prazo do próprio programa acabar.
            prazo: prazo_padrao() * 2,
            calma: Duration::from_millis(200),
            portas_do_livro: true,
        }
    }
}

/// Os terminais, abertos. Quando o palco se desfaz, todos os processos são mortos.
pub(crate) struct Palco {
    pub(crate) ambiente: Ambiente,
    pub(crate) portas: PortasDaCena,
    teclado: Teclado,
    pub(crate) terminais: Vec<Terminal>,
}

/// Um terminal da cena.
pub(crate) struct Terminal {
    nome: String,
    pub(crate) filho: Option<Filho>,
    desde: Instant,
    /// Se alguém digitou Ctrl-C no programa que está nele.
    interrompido: bool,
    /// Se a cena já disse com que código o programa acabou.
    pub(crate) conferido: bool,
    /// Se a última coisa digitada não levou Enter (Ctrl-D), ou se a última linha que
    /// se leu ainda não tinha quebra: a que o programa mostra a seguir só completa
    /// essa linha, a não ser que a cena a mostre como uma linha vazia.
    linha_aberta: bool,
    /// O que se viu nele, para contar quando algo falha.
    historia: Vec<String>,
}

/// O que se leu da saída de um terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lido {
    /// Uma linha, sem a quebra nem os espaços do fim.
    Linha(String),
    /// O programa espera algo na mesma linha, e é o que se queria.
    Prompt(String),
    /// O programa fechou a saída e não há mais nada.
    Fim,
    /// O prazo acabou, e só havia isto, sem quebra de linha.
    Nada(String),
}

impl Palco {
    pub(crate) fn novo(cena: &Cena, ambiente: &Ambiente, portas: PortasDaCena) -> Self {
        let terminal = |nome: &String| Terminal {
            nome: nome.clone(),
            filho: None,
            desde: Instant::now(),
            interrompido: false,
            conferido: true,
            linha_aberta: false,
            historia: Vec::new(),
        };
        Self {
            ambiente: ambiente.clone(),
            portas,
            teclado: cena.teclado,
            terminais: cena.terminais.iter().map(terminal).collect(),
        }
    }

    /// Roda um comando no terminal, que tem de estar livre.
    pub(crate) fn abrir(&mut self, terminal: usize, digitado: &str) -> Result<(), Falha> {
        let comando = Comando::ler(&self.portas.para_o_sistema(digitado));
        let mut processo = comando.processo(&*self.ambiente.exemplos)?;
        processo.env("SOCKETS_PORTA", self.portas.padrao().to_string());
        // Muitas cenas rodam ao mesmo tempo: um aviso disso não diria nada ao leitor.
        processo.env("SOCKETS_MAQUINA_OCUPADA", "sim");
        let filho = Filho::com_teclado(digitado, processo, self.teclado)?;
        let filho = filho.com_prazo(self.ambiente.prazo);
        let terminal = &mut self.terminais[terminal];
        terminal.filho = Some(filho);
        terminal.desde = Instant::now();
        terminal.interrompido = false;
        terminal.conferido = false;
        terminal.linha_aberta = false;
        terminal.anotar(&format!("$ {digitado}"));
        Ok(())
    }

    /// Digita no programa do terminal o que está no fim do passo `indice`.
    pub(crate) fn digitar(&mut self, cena: &Cena, indice: usize, entrada: &Entrada) {
        let terminal = cena.passos[indice].terminal;
        let texto = match entrada {
            Entrada::Linha(texto) => self.portas.para_o_sistema(texto) + "\n",
            Entrada::Fim | Entrada::Interrupcao => String::new(),
        };
        let terminal = &mut self.terminais[terminal];
        let Some(filho) = &mut terminal.filho else {
            return;
        };
        match entrada {
            Entrada::Linha(_) => filho.escrever(texto),
            Entrada::Fim => {
                terminal.linha_aberta = !mostra_linha_vazia(cena, indice);
                filho.fechar_entrada();
            }
            Entrada::Interrupcao => {
                terminal.interrompido = true;
                #[cfg(unix)]
                filho.interromper();
            }
        }
    }

    /// Espera o que o programa do terminal mostra a seguir: uma linha inteira,
    /// ou um texto sem quebra no fim com que `prompt` se contente, até `prazo`.
    pub(crate) fn ler(
        &mut self,
        terminal: usize,
        prazo: Duration,
        mut prompt: impl FnMut(&str) -> bool,
    ) -> Lido {
        let portas = self.portas;
        let terminal = &mut self.terminais[terminal];
        let aberta = terminal.linha_aberta;
        let Some(filho) = &mut terminal.filho else {
            return Lido::Fim;
        };
        let lido = filho.esperar_em(prazo, "uma linha", |tudo, acabou| {
            let resto = depois_da_quebra(tudo, aberta);
            let pulados = tudo.len() - resto.len();
            if let Achado::Pronto(tamanho, linha) = proxima_linha(resto) {
                let linha = portas.para_o_livro(&linha).trim_end().to_string();
                return Achado::Pronto(pulados + tamanho, Lido::Linha(linha));
            }
            let linha = portas.para_o_livro(&texto(resto));
            if acabou && resto.is_empty() {
                Achado::Pronto(0, Lido::Fim)
            } else if acabou {
                Achado::Pronto(tudo.len(), Lido::Linha(linha.trim_end().to_string()))
            } else if prompt(&linha) {
                Achado::Pronto(tudo.len(), Lido::Prompt(linha))
            } else {
                Achado::Falta
            }
        });
        match lido {
            Ok(lido) => {
                terminal.linha_aberta &= lido == Lido::Fim;
                lido
            }
            Err(_) => Lido::Nada(terminal.resto(portas)),
        }
    }

    /// Como [`Palco::ler`], para a última linha que a cena espera do programa:
    /// aí `serve` também vale para um texto sem quebra no fim (um prompt à
    /// espera), mas só depois de um tempo de calma: podia ser meia linha.
    pub(crate) fn ler_ultima(
        &mut self,
        terminal: usize,
        prazo: Duration,
        mut serve: impl FnMut(&str) -> bool,
    ) -> Lido {
        let (portas, calma) = (self.portas, self.ambiente.calma);
        let aberta = self.terminais[terminal].linha_aberta;
        let limite = Instant::now() + prazo;
        while let Some(filho) = &mut self.terminais[terminal].filho {
            let falta = limite.saturating_duration_since(Instant::now());
            // Olha sem consumir: quanto há de um texto que serve, ou `None`
            // quando o que há é uma linha inteira ou o fim.
            let visto = filho.esperar_em(falta, "uma linha", |tudo, acabou| {
                let resto = depois_da_quebra(tudo, aberta);
                let linha = portas.para_o_livro(&texto(resto));
                if acabou || resto.contains(&b'\n') {
                    Achado::Pronto(0, None)
                } else if !resto.is_empty() && serve(linha.trim_end()) {
                    Achado::Pronto(0, Some(tudo.len()))
                } else {
                    Achado::Falta
                }
            });
            let Ok(Some(visto)) = visto else {
                break;
            };
            let mudou = filho.esperar_em(calma, "mais", |resto, acabou| {
                if acabou || resto.len() > visto {
                    Achado::Pronto(0, ())
                } else {
                    Achado::Falta
                }
            });
            if mudou.is_err() {
                let lido = self.ler(terminal, Duration::ZERO, |_| true);
                // Uma quebra que ainda venha só completa esta linha: quem escreve nos
                // erros pode parar entre o texto e ela.
                self.terminais[terminal].linha_aberta = matches!(lido, Lido::Prompt(_));
                return lido.como_linha();
            }
        }
        self.ler(terminal, Duration::ZERO, |_| false)
    }

    /// Espera até que todos os terminais fiquem calados por `quanto`. Um programa
    /// que ainda não mostrou nada tem mais tempo: pode estar começando.
    pub(crate) fn esperar_silencio(&mut self, quanto: Duration) {
        let limite = Instant::now() + self.ambiente.prazo;
        let comeco = self.ambiente.calma * CALMAS_PARA_COMECAR;
        let mut quieto_desde = Instant::now();
        let mut antes = self.retrato();
        loop {
            thread::sleep(PASSO);
            let agora = self.retrato();
            let instante = Instant::now();
            if agora != antes {
                quieto_desde = instante;
                antes = agora;
            }
            let mudo = self.terminais.iter_mut().any(|terminal| {
                let acabou = terminal.acabou();
                let recente = terminal.desde.elapsed() < comeco;
                let calado = terminal.filho.as_ref().is_some_and(|f| f.tamanho() == 0);
                !acabou && recente && calado
            });
            let quieto = instante - quieto_desde >= quanto && !mudo;
            if quieto || instante >= limite || self.acabaram_todos() {
                return;
            }
        }
    }

    /// Se todos os programas acabaram e não podem mostrar mais nada.
    pub(crate) fn acabaram_todos(&mut self) -> bool {
        self.terminais.iter_mut().all(Terminal::acabou)
    }

    /// Quanto cada programa já mostrou, e se acabou.
    fn retrato(&mut self) -> Vec<(u64, bool)> {
        let um = |terminal: &mut Terminal| {
            let tamanho = terminal.filho.as_ref().map_or(0, Filho::tamanho);
            (tamanho, terminal.acabou())
        };
        self.terminais.iter_mut().map(um).collect()
    }

    /// O que cada terminal mostrou, com o que falta e o que sobra em `onde`.
    pub(crate) fn relato(&self, onde: usize, esperado: &[String], veio: &[String]) -> String {
        let mut relato = Vec::new();
        for (indice, terminal) in self.terminais.iter().enumerate() {
            relato.push(format!("\nterminal {} ({})", indice + 1, terminal.nome));
            let linhas = terminal.historia.iter().map(|linha| format!("    {linha}"));
            relato.extend(linhas);
            if indice == onde {
                relato.extend(esperado.iter().map(|linha| format!("  - {linha}")));
                relato.extend(veio.iter().map(|linha| format!("  + {linha}")));
            }
            for linha in terminal.resto(self.portas).lines() {
                relato.push(format!("  + {}", sockets::visivel(linha.as_bytes())));
            }
        }
        relato.push("\n(- é o que a cena espera, + é o que o programa mostrou)\n".into());
        relato.join("\n")
    }
}

impl Lido {
    /// Um texto sem quebra no fim, aceito como linha.
    fn como_linha(self) -> Self {
        match self {
            Self::Prompt(texto) => Self::Linha(texto.trim_end().to_string()),
            outro => outro,
        }
    }
}

/// Se a cena mostra, logo depois do passo `indice`, uma linha vazia no terminal dele.
fn mostra_linha_vazia(cena: &Cena, indice: usize) -> bool {
    let terminal = cena.passos[indice].terminal;
    let seguinte = cena.passos[indice + 1..]
        .iter()
        .find(|passo| passo.terminal == terminal);
    seguinte.is_some_and(|passo| matches!(&passo.acao, Acao::Saida(p) if p.is_empty()))
}

/// O que vem depois da quebra que completa uma linha `aberta`.
fn depois_da_quebra(resto: &[u8], aberta: bool) -> &[u8] {
    let sem = resto.strip_prefix(b"\r\n").or(resto.strip_prefix(b"\n"));
    sem.filter(|_| aberta).unwrap_or(resto)
}

impl Terminal {
    /// O que já saiu e ninguém leu ainda, como o livro o mostraria.
    pub(crate) fn resto(&self, portas: PortasDaCena) -> String {
        let resto = self.filho.as_ref().map_or(String::new(), Filho::resto);
        let resto = depois_da_quebra(resto.as_bytes(), self.linha_aberta);
        portas.para_o_livro(&texto(resto))
    }

    /// Guarda uma linha que já foi conferida.
    pub(crate) fn anotar(&mut self, linha: &str) {
        self.historia.push(linha.to_string());
    }

    /// Se não há programa rodando, ou o que havia acabou e fechou a saída.
    pub(crate) fn acabou(&mut self) -> bool {
        self.filho
            .as_mut()
            .is_none_or(|filho| filho.codigo().is_some() && filho.saida_acabou())
    }

    /// O código com que o programa acabou, se a cena tem de falar dele: não é
    /// zero, ela ainda não falou, e não é a morte normal por Ctrl-C.
    pub(crate) fn codigo_calado(&mut self) -> Option<i32> {
        let codigo = self.filho.as_mut()?.codigo()?;
        let normal = codigo == 0 || (self.interrompido && codigo == MORTE_POR_CTRL_C);
        (!normal && !self.conferido).then_some(codigo)
    }
}
