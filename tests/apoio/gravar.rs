//! Grava de novo as saídas de uma cena, preservando o que o autor escreveu.
//!
//! O que o autor digitou (comandos, entradas, a ordem de tudo) manda. As linhas
//! já gravadas servem de guia: enquanto o programa mostra o que elas dizem, a
//! gravação anda no mesmo passo da comparação. Onde não há guia, ou ele não vale
//! mais, a gravação espera os terminais se calarem antes de digitar o próximo
//! passo. Quem confere que o resultado se repete é a comparação.

use std::collections::VecDeque;
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use cena::{Acao, Cena, Entrada, Especie, Passo, Pedaco};

use crate::comparar::e_a_ultima_saida;
use crate::padrao::{Rigor, Valores, casar, com_valores};
use crate::palco::{Ambiente, Lido, Palco};
use crate::portas_da_cena::{DO_LIVRO, PortasDaCena};
use crate::{Falha, cenario, porta};

/// Escutar nesta porta é ter a vez de usar as portas do livro: só uma gravação
/// por máquina de cada vez.
const PORTA_DA_VEZ: u16 = 19_999;

/// Quantas vezes a calma do ambiente se espera quando não há linha que guie.
const CALMAS_SEM_GUIA: u32 = 4;

/// O que a gravação fez com o arquivo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravacao {
    /// A cena já dizia a verdade: o arquivo não foi tocado.
    Igual,
    /// O arquivo tem saídas novas.
    Nova,
}

/// Roda a cena do `arquivo` e grava nele as saídas que vieram.
///
/// Uma linha que casa com a gravada mantém as marcas `‹nome=…›`, com os valores
/// desta execução; uma linha diferente entra crua, só com a hora do começo dela
/// (`[14:03:11] …`) marcada. Comentários, linhas em branco
/// e cabeçalho ficam. Se nada mudou, nem um valor, o arquivo não é tocado; se mudou,
/// é trocado de uma vez só.
///
/// # Errors
/// Quando a cena não pode seguir (o programa acaba antes de uma entrada, ou não
/// acaba quando ela diz que acaba) ou quando a saída não cabe no formato.
pub fn gravar(arquivo: &Path, ambiente: &Ambiente) -> Result<Gravacao, Falha> {
    let (texto, cena) = cenario::abrir(arquivo)?;
    let nome = cenario::nome(arquivo);
    let vez = ambiente.portas_do_livro.then(vez_das_portas_do_livro);
    let (portas, _vez) = match vez.flatten() {
        Some(vez) => (PortasDaCena::de_verdade(), Some(vez)),
        None => (PortasDaCena::livres(), None),
    };
    let mut gravador = Gravador {
        cena: &cena,
        palco: Palco::novo(&cena, ambiente, portas),
        nome: &nome,
        valores: Valores::new(),
        filas: cena.terminais.iter().map(|_| VecDeque::new()).collect(),
        linhas: vec![Vec::new(); cena.passos.len() + 1],
        ritmo: Ritmo {
            assentado: true,
            ..Ritmo::default()
        },
    };
    gravador.rodar()?;
    let novo = montar(&texto, &cena, &gravador.linhas);
    if novo == texto {
        return Ok(Gravacao::Igual);
    }
    cenario::interpretar(&nome, &novo)?;
    trocar(arquivo, &novo)
        .map_err(|erro| Falha::nova(format!("não foi possível gravar {nome}.cena: {erro}")))?;
    Ok(Gravacao::Nova)
}

/// O direito de usar as portas do livro, se ninguém as está usando: nem outra
/// gravação, nem um programa aberto, nem uma conexão encerrada há pouco. Sem
/// ele, a gravação usa outras portas e troca os números.
fn vez_das_portas_do_livro() -> Option<TcpListener> {
    let vez = TcpListener::bind((Ipv4Addr::LOCALHOST, PORTA_DA_VEZ)).ok()?;
    DO_LIVRO.into_iter().all(porta::livre).then_some(vez)
}

/// Uma linha que um programa mostrou.
struct Linha {
    chegada: Option<Instant>,
    texto: String,
}

struct Gravador<'a> {
    cena: &'a Cena,
    palco: Palco,
    nome: &'a str,
    valores: Valores,
    /// Por terminal, as linhas lidas que ainda não têm lugar.
    filas: Vec<VecDeque<Linha>>,
    /// Por passo, as linhas que ficam no lugar da dele; a última vai no fim.
    linhas: Vec<Vec<String>>,
    ritmo: Ritmo,
}

/// Em que pé está a gravação desde a última coisa digitada.
#[derive(Default)]
struct Ritmo {
    /// Se nada do que se digitou ainda está por ter efeito.
    assentado: bool,
    /// Se uma linha esperada já faltou: as próximas não merecem o prazo inteiro.
    faltou: bool,
    /// Se já se esperou que os terminais se calassem.
    calou: bool,
}

impl Gravador<'_> {
    fn rodar(&mut self) -> Result<(), Falha> {
        for (indice, passo) in self.cena.passos.iter().enumerate() {
            match &passo.acao {
                Acao::Comando(comando) => self.comando(indice, passo, comando)?,
                Acao::Saida(pedacos) => match pedacos.split_last() {
                    Some((Pedaco::Digitado(entrada), antes)) => {
                        self.digitado(indice, passo, antes, entrada)?;
                    }
                    _ => self.saida(indice, passo, pedacos)?,
                },
                Acao::Codigo(_) => self.codigo(indice, passo)?,
            }
        }
        self.terminar()
    }

    fn comando(&mut self, indice: usize, passo: &Passo, comando: &str) -> Result<(), Falha> {
        self.assentar(indice)?;
        if self.palco.terminais[passo.terminal].filho.is_some() {
            self.encerrar(indice, passo)?;
            self.codigo_calado(indice, passo.terminal);
        }
        self.palco.abrir(passo.terminal, comando)?;
        self.linhas[indice].push(passo.to_string());
        self.agiu();
        Ok(())
    }

    fn saida(&mut self, indice: usize, passo: &Passo, pedacos: &[Pedaco]) -> Result<(), Falha> {
        let terminal = passo.terminal;
        while let Some(linha) = self.proxima(indice, terminal, pedacos) {
            if casar(pedacos, &linha.texto, Rigor::Gravar, &mut self.valores).is_ok() {
                self.marcada(indice, terminal, pedacos, None);
                self.ritmo.assentado = true;
                return Ok(());
            }
            self.estranhou();
            self.olhar_adiante(terminal);
            if self.e_de_depois(indice + 1, terminal, &linha.texto) {
                // O passo sumiu: esta linha é de um dos seguintes.
                self.filas[terminal].push_front(linha);
                return Ok(());
            }
            let ainda_vem = self.filas[terminal]
                .iter()
                .any(|l| self.casa(pedacos, &l.texto));
            self.crua(indice, terminal, &linha.texto)?;
            if !ainda_vem {
                return Ok(());
            }
        }
        // A linha não veio: sai da cena.
        self.estranhou();
        self.ritmo.faltou = true;
        Ok(())
    }

    fn digitado(
        &mut self,
        indice: usize,
        passo: &Passo,
        prompt: &[Pedaco],
        entrada: &Entrada,
    ) -> Result<(), Falha> {
        let terminal = passo.terminal;
        if prompt.is_empty() {
            self.assentar(indice)?;
        }
        let pergunta = loop {
            self.encher(terminal);
            while let Some(linha) = self.filas[terminal].pop_front() {
                self.crua(indice, terminal, &linha.texto)?;
            }
            let valores = &self.valores;
            let serve =
                |texto: &str| casar(prompt, texto, Rigor::Gravar, &mut valores.clone()).is_ok();
            let prazo = if prompt.is_empty() {
                Duration::ZERO
            } else {
                self.paciencia()
            };
            match self.palco.ler(terminal, prazo, serve) {
                Lido::Linha(linha) => self.crua(indice, terminal, &linha)?,
                Lido::Prompt(texto) => break texto,
                // Não é a pergunta que se esperava: fica a que veio.
                Lido::Nada(_) => match self.palco.ler(terminal, Duration::ZERO, |_| true) {
                    Lido::Prompt(texto) => break texto,
                    Lido::Linha(linha) => self.crua(indice, terminal, &linha)?,
                    Lido::Nada(_) | Lido::Fim => break String::new(),
                },
                Lido::Fim => break String::new(),
            }
        };
        if self.palco.terminais[terminal].acabou() {
            return Err(self.nao_segue(passo, "o programa acabou antes de se digitar isto"));
        }
        let digitado = Pedaco::Digitado(entrada.clone());
        if casar(prompt, &pergunta, Rigor::Gravar, &mut self.valores).is_ok() {
            self.marcada(indice, terminal, prompt, Some(digitado));
        } else {
            self.estranhou();
            let linha = self.representavel(terminal, &pergunta)?;
            self.linhas[indice].push(format!("{}| {linha}{digitado}", terminal + 1));
        }
        // Ninguém tecla no mesmo instante em que lê, e há o que o sistema só faça
        // nesse meio-tempo: o livro mostra o que uma pessoa veria.
        self.palco.esperar_silencio(self.palco.ambiente.calma);
        self.palco.digitar(self.cena, indice, entrada);
        self.agiu();
        Ok(())
    }

    fn codigo(&mut self, indice: usize, passo: &Passo) -> Result<(), Falha> {
        let codigo = self.encerrar(indice, passo)?;
        self.linhas[indice].push(format!("{}= {codigo}", passo.terminal + 1));
        self.palco.terminais[passo.terminal].conferido = true;
        self.ritmo.assentado = true;
        Ok(())
    }

    fn terminar(&mut self) -> Result<(), Falha> {
        let fim = self.cena.passos.len();
        self.ritmo.assentado = false;
        self.assentar(fim)?;
        for terminal in 0..self.palco.terminais.len() {
            if let Lido::Prompt(texto) = self.palco.ler(terminal, Duration::ZERO, |t| !t.is_empty())
            {
                self.crua(fim, terminal, texto.trim_end())?;
            }
            self.codigo_calado(fim, terminal);
        }
        Ok(())
    }

    /// Espera que o programa do terminal acabe e grava o que ainda faltava dele.
    fn encerrar(&mut self, indice: usize, passo: &Passo) -> Result<i32, Falha> {
        let terminal = passo.terminal;
        let prazo = self.palco.ambiente.prazo;
        let filho = self.palco.terminais[terminal].filho.as_mut();
        let codigo = filho.and_then(|filho| filho.esperar_fim_em(prazo).ok());
        let Some(codigo) = codigo else {
            let motivo = format!("o programa do terminal ainda roda depois de {prazo:?}");
            return Err(self.nao_segue(passo, &motivo));
        };
        self.encher(terminal);
        while let Some(linha) = self.filas[terminal].pop_front() {
            self.crua(indice, terminal, &linha.texto)?;
        }
        Ok(codigo)
    }

    /// Se o programa acabou com erro sem que a cena diga, passa a dizer.
    fn codigo_calado(&mut self, indice: usize, terminal: usize) {
        if let Some(codigo) = self.palco.terminais[terminal].codigo_calado() {
            self.palco.terminais[terminal].conferido = true;
            self.linhas[indice].push(format!("{}= {codigo}", terminal + 1));
        }
    }

    /// Antes de digitar: se o que se digitou por último ainda pode ter efeito,
    /// espera os terminais se calarem e grava as linhas que nenhum passo espera.
    fn assentar(&mut self, indice: usize) -> Result<(), Falha> {
        if self.ritmo.assentado {
            return Ok(());
        }
        self.palco.esperar_silencio(self.calma_sem_guia());
        for terminal in 0..self.filas.len() {
            self.encher(terminal);
        }
        // Entre terminais, na ordem em que as linhas apareceram.
        while let Some(terminal) = self.primeira_sem_lugar(indice) {
            if let Some(linha) = self.filas[terminal].pop_front() {
                self.crua(indice, terminal, &linha.texto)?;
            }
        }
        for terminal in 0..self.filas.len() {
            if self.filas[terminal].is_empty() && self.nada_mais_espera(indice, terminal) {
                self.codigo_calado(indice, terminal);
            }
        }
        self.ritmo.assentado = true;
        Ok(())
    }

    /// O terminal com a linha mais antiga que nenhum passo a partir de `indice` espera.
    fn primeira_sem_lugar(&self, indice: usize) -> Option<usize> {
        let frentes = self.filas.iter().enumerate();
        frentes
            .filter_map(|(terminal, fila)| Some((terminal, fila.front()?)))
            .filter(|(terminal, linha)| !self.e_de_depois(indice, *terminal, &linha.texto))
            .min_by_key(|(_, linha)| linha.chegada)
            .map(|(terminal, _)| terminal)
    }

    /// Se, a partir do passo `indice`, a cena não fala mais do programa que está
    /// no terminal.
    fn nada_mais_espera(&self, indice: usize, terminal: usize) -> bool {
        let seguinte = self.cena.passos[indice..]
            .iter()
            .find(|passo| passo.terminal == terminal);
        seguinte.is_none_or(|passo| matches!(passo.acao, Acao::Comando(_)))
    }

    /// A próxima linha do terminal, de preferência uma que sirva para `pedacos`.
    fn proxima(&mut self, indice: usize, terminal: usize, pedacos: &[Pedaco]) -> Option<Linha> {
        self.encher(terminal);
        if let Some(linha) = self.filas[terminal].pop_front() {
            return Some(linha);
        }
        let prazo = self.paciencia();
        let lido = if e_a_ultima_saida(self.cena, indice) {
            let valores = &self.valores;
            self.palco.ler_ultima(terminal, prazo, |texto| {
                casar(pedacos, texto, Rigor::Gravar, &mut valores.clone()).is_ok()
            })
        } else {
            self.palco.ler(terminal, prazo, |_| false)
        };
        match lido {
            Lido::Linha(texto) => Some(Linha {
                chegada: self.chegada(terminal),
                texto,
            }),
            Lido::Prompt(_) | Lido::Nada(_) | Lido::Fim => None,
        }
    }

    /// Passa para a fila as linhas inteiras que já saíram.
    fn encher(&mut self, terminal: usize) {
        while let Lido::Linha(texto) = self.palco.ler(terminal, Duration::ZERO, |_| false) {
            let chegada = self.chegada(terminal);
            self.filas[terminal].push_back(Linha { chegada, texto });
        }
    }

    /// Enche a fila com tudo que vem antes da próxima coisa que se digita, para
    /// saber se o que se espera ainda aparece.
    fn olhar_adiante(&mut self, terminal: usize) {
        if !self.ritmo.calou {
            self.palco.esperar_silencio(self.calma_sem_guia());
            self.ritmo.calou = true;
        }
        self.encher(terminal);
    }

    fn chegada(&self, terminal: usize) -> Option<Instant> {
        let filho = self.palco.terminais[terminal].filho.as_ref()?;
        filho.chegada()
    }

    /// Se um passo a partir de `indice`, antes da próxima coisa que se digita no
    /// terminal, espera esta linha.
    fn e_de_depois(&self, indice: usize, terminal: usize, linha: &str) -> bool {
        self.cena.passos[indice..]
            .iter()
            .filter(|passo| passo.terminal == terminal)
            .map_while(|passo| match &passo.acao {
                Acao::Saida(p) if !matches!(p.last(), Some(Pedaco::Digitado(_))) => Some(p),
                _ => None,
            })
            .any(|pedacos| self.casa(pedacos, linha))
    }

    fn casa(&self, pedacos: &[Pedaco], linha: &str) -> bool {
        casar(pedacos, linha, Rigor::Gravar, &mut self.valores.clone()).is_ok()
    }

    /// Uma linha que casou: com as marcas e os valores de agora.
    fn marcada(
        &mut self,
        indice: usize,
        terminal: usize,
        pedacos: &[Pedaco],
        digitado: Option<Pedaco>,
    ) {
        let mut pedacos = com_valores(pedacos, &self.valores);
        pedacos.extend(digitado);
        let passo = Passo {
            linha: 0,
            terminal,
            acao: Acao::Saida(pedacos),
        };
        self.linhas[indice].push(passo.to_string());
    }

    /// Uma linha nova, como veio.
    fn crua(&mut self, indice: usize, terminal: usize, linha: &str) -> Result<(), Falha> {
        self.estranhou();
        let linha = com_a_hora_marcada(self.representavel(terminal, linha)?);
        let numero = terminal + 1;
        let linha = format!("{numero}| {linha}").trim_end().to_string();
        self.linhas[indice].push(linha);
        Ok(())
    }

    /// Confere que o formato sabe dizer esta linha.
    fn representavel<'l>(&self, terminal: usize, linha: &'l str) -> Result<&'l str, Falha> {
        let texto = linha.trim_end();
        let controle = texto.chars().any(|c| c.is_control() && c != '\t');
        let lida = Cena::ler(&format!("titulo: t\nterminal 1: t\n\n1$ x\n1| {texto}\n"));
        let volta = lida.is_ok_and(|cena| match &cena.passos[1].acao {
            Acao::Saida(pedacos) => match pedacos.as_slice() {
                [] => texto.is_empty(),
                [Pedaco::Texto(volta)] => volta == texto,
                _ => false,
            },
            Acao::Comando(_) | Acao::Codigo(_) => false,
        });
        if volta && !controle {
            return Ok(linha);
        }
        Err(Falha::nova(format!(
            "book/cenas/{}.cena: o terminal {} mostrou uma linha que o formato das cenas \
             não sabe dizer: {}",
            self.nome,
            terminal + 1,
            sockets::visivel(linha.as_bytes())
        )))
    }

    fn nao_segue(&self, passo: &Passo, motivo: &str) -> Falha {
        let relato = self.palco.relato(passo.terminal, &[passo.to_string()], &[]);
        let gravadas = self.linhas.concat().join("\n");
        Falha::nova(format!(
            "book/cenas/{}.cena:{}: {motivo}; o arquivo ficou como estava\n\n\
             Até aqui se teria gravado:\n{gravadas}\n{relato}",
            self.nome, passo.linha
        ))
    }

    fn agiu(&mut self) {
        self.ritmo = Ritmo::default();
    }

    fn estranhou(&mut self) {
        self.ritmo.assentado = false;
    }

    fn paciencia(&self) -> Duration {
        if self.ritmo.faltou {
            self.calma_sem_guia()
        } else {
            self.palco.ambiente.prazo
        }
    }

    fn calma_sem_guia(&self) -> Duration {
        self.palco.ambiente.calma * CALMAS_SEM_GUIA
    }
}

/// A hora com que uma linha começa muda sempre: já entra marcada.
fn com_a_hora_marcada(linha: &str) -> String {
    let partes = linha.strip_prefix('[').and_then(|l| l.split_once(']'));
    match partes {
        Some((hora, resto)) if Especie::Hora.aceita(hora, hora) => {
            format!("[‹hora={hora}›]{resto}")
        }
        _ => linha.to_string(),
    }
}

/// O texto do arquivo com as linhas dos passos trocadas.
fn montar(texto: &str, cena: &Cena, linhas: &[Vec<String>]) -> String {
    let mut novo = Vec::new();
    let mut passos = cena.passos.iter().zip(linhas).peekable();
    for (indice, original) in texto.lines().enumerate() {
        let Some((_, no_lugar)) = passos.next_if(|(passo, _)| passo.linha == indice + 1) else {
            novo.push(original);
            continue;
        };
        novo.extend(no_lugar.iter().map(String::as_str));
        if passos.peek().is_none() {
            novo.extend(linhas[cena.passos.len()].iter().map(String::as_str));
        }
    }
    let quebra = if texto.contains("\r\n") { "\r\n" } else { "\n" };
    novo.join(quebra) + quebra
}

/// Troca o conteúdo do arquivo de uma vez: quem o lê vê o antigo ou o novo,
/// nunca um pedaço.
fn trocar(arquivo: &Path, novo: &str) -> std::io::Result<()> {
    let pasta = arquivo.parent().unwrap_or(Path::new("."));
    let mut provisorio = tempfile::NamedTempFile::new_in(pasta)?;
    provisorio.write_all(novo.as_bytes())?;
    provisorio.flush()?;
    fs::set_permissions(provisorio.path(), fs::metadata(arquivo)?.permissions())?;
    provisorio.persist(arquivo)?;
    Ok(())
}
