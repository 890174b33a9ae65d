//! Linhas simples: servem a qualquer terminal, a um cano e a um arquivo.
//!
//! A conversa vai para a saída padrão, sem cores nem nada que mova o cursor; os
//! avisos, para a saída de erro. Quem redireciona uma delas fica com uma coisa só.

use std::collections::VecDeque;
use std::io::{self, Stderr, Stdout, Write};

use super::{Situacao, Terminal};
use crate::{Emenda, visivel_em};

/// Quanto se junta, em bytes, antes de escrever sem esperar pelo fim da volta.
const BLOCO: usize = 64 * 1024;

/// O terminal de linhas simples.
#[derive(Debug)]
pub struct Simples<S: Write = Stdout, A: Write = Stderr> {
    saida: S,
    conversa: String,
    saida_de_avisos: A,
    avisos: String,
    /// Se as duas saídas são o mesmo terminal, cano ou arquivo: aí o que se mostra
    /// em uma tem de aparecer antes do que vem depois na outra.
    mesmo_lugar: bool,
    confirma: bool,
    /// As linhas nossas que o outro ainda não confirmou.
    enviadas: VecDeque<Enviada>,
    linha: Linha,
    /// Onde a linha aberta parou.
    emenda: Emenda,
    comeco: Comeco,
    /// O que houve com a saída desde a última vez que se descarregou.
    erro: Option<io::Error>,
}

#[derive(Debug)]
struct Enviada {
    numero: u64,
    hora: String,
    nome: String,
    texto: String,
}

/// O começo das linhas de quem falou por último: um milhão delas, no mesmo segundo,
/// têm o mesmo.
#[derive(Debug, Default)]
struct Comeco {
    hora: [u8; 8],
    nome: String,
    pronto: String,
}

impl Comeco {
    /// `[14:03:11] Bia: `
    fn de(&mut self, hora: &str, nome: &str) -> &str {
        if hora.as_bytes() != self.hora || nome != self.nome {
            self.mudar(hora, nome);
        }
        &self.pronto
    }

    #[cold]
    fn mudar(&mut self, hora: &str, nome: &str) {
        self.hora = hora.as_bytes().try_into().unwrap_or_default();
        nome.clone_into(&mut self.nome);
        self.pronto.clear();
        for parte in ["[", hora, "] ", nome, ": "] {
            visivel_em(&mut self.pronto, parte);
        }
    }
}

/// Como está a linha do outro na saída.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Linha {
    Inteira,
    /// O resto ainda não chegou.
    Aberta,
    /// O resto ainda não chegou e outra coisa foi mostrada no meio.
    Interrompida,
}

impl Simples {
    /// As saídas do processo. `confirma` diz se as linhas próprias só aparecem, com
    /// um ✓, quando o outro as confirma.
    #[must_use]
    pub fn novo(confirma: bool) -> Self {
        let (saida, avisos) = (io::stdout(), io::stderr());
        let mesmo_lugar = sao_o_mesmo_lugar(&saida, &avisos);
        Self::com(saida, avisos, mesmo_lugar, confirma)
    }
}

impl<S: Write, A: Write> Simples<S, A> {
    fn com(saida: S, avisos: A, mesmo_lugar: bool, confirma: bool) -> Self {
        Self {
            saida,
            conversa: String::new(),
            saida_de_avisos: avisos,
            avisos: String::new(),
            mesmo_lugar,
            confirma,
            enviadas: VecDeque::new(),
            linha: Linha::Inteira,
            emenda: Emenda::default(),
            comeco: Comeco::default(),
            erro: None,
        }
    }

    /// O começo de uma linha da conversa.
    fn comecar(&mut self, hora: &str, nome: &str) {
        if self.mesmo_lugar && !self.avisos.is_empty() {
            self.escrever_avisos();
        }
        self.conversa.push_str(self.comeco.de(hora, nome));
    }

    /// Uma linha nossa.
    fn propria(&mut self, hora: &str, nome: &str, texto: &str, marca: &str) {
        self.interromper();
        self.comecar(hora, nome);
        visivel_em(&mut self.conversa, texto);
        self.conversa.push_str(marca);
        self.conversa.push('\n');
    }

    /// Outra coisa vai aparecer onde a linha do outro está aberta.
    fn interromper(&mut self) {
        if self.linha == Linha::Aberta {
            self.conversa.push('\n');
            self.linha = Linha::Interrompida;
        }
    }

    fn avisar(&mut self, hora: &str, partes: &[&str]) {
        if self.mesmo_lugar {
            self.interromper();
            self.escrever_conversa();
        }
        for parte in ["[", hora, "] * "].iter().chain(partes) {
            visivel_em(&mut self.avisos, parte);
        }
        self.avisos.push('\n');
        if self.avisos.len() >= BLOCO {
            self.escrever_avisos();
        }
    }

    fn escrever_conversa(&mut self) {
        if self.conversa.is_empty() {
            return;
        }
        if self.erro.is_none() {
            let escrito = self.saida.write_all(self.conversa.as_bytes());
            self.erro = escrito.and_then(|()| self.saida.flush()).err();
        }
        self.conversa.clear();
    }

    /// Se a saída de erro falha, não resta onde contar.
    fn escrever_avisos(&mut self) {
        let _ = self.saida_de_avisos.write_all(self.avisos.as_bytes());
        self.avisos.clear();
    }
}

impl<S: Write, A: Write> Terminal for Simples<S, A> {
    fn recebido(
        &mut self,
        hora: &str,
        nome: &str,
        texto: &str,
        continua: bool,
    ) {
        if self.linha != Linha::Aberta {
            self.comecar(hora, nome);
            self.emenda = Emenda::default();
        }
        if self.linha == Linha::Interrompida {
            self.conversa.push('…');
        }
        if continua || self.linha == Linha::Aberta {
            self.emenda.visivel_em(&mut self.conversa, texto);
        } else {
            visivel_em(&mut self.conversa, texto);
        }
        if continua {
            self.linha = Linha::Aberta;
        } else {
            self.conversa.push('\n');
            self.linha = Linha::Inteira;
        }
        if self.conversa.len() >= BLOCO {
            self.escrever_conversa();
        }
    }

    fn enviado(&mut self, numero: u64, hora: &str, nome: &str, texto: &str) {
        if self.confirma {
            self.enviadas.push_back(Enviada {
                numero,
                hora: hora.to_string(),
                nome: nome.to_string(),
                texto: texto.to_string(),
            });
        } else {
            self.propria(hora, nome, texto, "");
        }
    }

    fn entregue(&mut self, ate: u64) {
        while self.enviadas.front().is_some_and(|e| e.numero < ate) {
            if let Some(enviada) = self.enviadas.pop_front() {
                let Enviada {
                    hora, nome, texto, ..
                } = enviada;
                self.propria(&hora, &nome, &texto, " ✓");
            }
        }
    }

    fn nao_entregue(&mut self, numero: Option<u64>, hora: &str, texto: &str) {
        // As que não chegam são ditas da mais velha à mais nova.
        let e_esta = |enviada: &Enviada| Some(enviada.numero) == numero;
        if self.enviadas.front().is_some_and(e_esta) {
            self.enviadas.pop_front();
        }
        self.avisar(hora, &["não entregue: ", texto]);
    }

    fn aviso(&mut self, hora: &str, texto: &str) {
        for linha in texto.lines() {
            self.avisar(hora, &[linha]);
        }
    }

    fn situacao(&mut self, _situacao: &Situacao<'_>) {}

    fn descarregar(&mut self) -> io::Result<()> {
        self.escrever_conversa();
        if !self.avisos.is_empty() {
            self.escrever_avisos();
        }
        self.erro.take().map_or(Ok(()), Err)
    }
}

/// Se o que se escreve em uma saída se mistura com o que se escreve na outra.
#[cfg(unix)]
fn sao_o_mesmo_lugar(saida: &Stdout, avisos: &Stderr) -> bool {
    use std::fs::File;
    use std::os::fd::{AsFd, BorrowedFd};
    use std::os::unix::fs::MetadataExt;

    // fstat(2): o mesmo dispositivo e o mesmo número são o mesmo arquivo, cano ou
    // terminal.
    let identidade = |descritor: BorrowedFd<'_>| {
        let arquivo = File::from(descritor.try_clone_to_owned().ok()?);
        let dados = arquivo.metadata().ok()?;
        Some((dados.dev(), dados.ino()))
    };
    let uma = identidade(saida.as_fd());
    uma.is_some() && uma == identidade(avisos.as_fd())
}

/// Se o que se escreve em uma saída se mistura com o que se escreve na outra. Sem
/// como perguntar isso ao sistema, duas que são terminais são o mesmo.
#[cfg(not(unix))]
fn sao_o_mesmo_lugar(saida: &Stdout, avisos: &Stderr) -> bool {
    use std::io::IsTerminal;
    saida.is_terminal() && avisos.is_terminal()
}

#[cfg(test)]
mod testes {
    use super::*;
    use std::cell::RefCell;
    use std::io::ErrorKind;
    use std::rc::Rc;

    const HORA: &str = "14:03:11";

    /// Uma saída cujo conteúdo, que pode ser o de duas, se lê depois.
    #[derive(Clone, Default)]
    struct Papel(Rc<RefCell<Vec<u8>>>);

    impl Write for Papel {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Papel {
        fn lido(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).unwrap()
        }
    }

    /// Duas saídas separadas, e o que foi escrito em cada uma.
    fn separadas(mostrar: impl FnOnce(&mut dyn Terminal)) -> (String, String) {
        let (saida, avisos) = (Papel::default(), Papel::default());
        let (s, a) = (saida.clone(), avisos.clone());
        let mut terminal = Simples::com(s, a, false, true);
        mostrar(&mut terminal);
        terminal.descarregar().unwrap();
        (saida.lido(), avisos.lido())
    }

    /// As duas saídas no mesmo lugar.
    fn juntas(mostrar: impl FnOnce(&mut dyn Terminal)) -> String {
        let papel = Papel::default();
        let mut terminal =
            Simples::com(papel.clone(), papel.clone(), true, true);
        mostrar(&mut terminal);
        terminal.descarregar().unwrap();
        papel.lido()
    }

    #[test]
    fn a_conversa_e_os_avisos_saem_por_lugares_diferentes() {
        let vistos = separadas(|terminal| {
            terminal.aviso(HORA, "conectado com Bia");
            terminal.recebido(HORA, "Bia", "oi", false);
            terminal.aviso(HORA, "um\ndois");
            terminal.nao_entregue(None, HORA, "tchau");
        });
        assert_eq!(vistos.0, "[14:03:11] Bia: oi\n");
        assert_eq!(
            vistos.1,
            "[14:03:11] * conectado com Bia\n\
             [14:03:11] * um\n\
             [14:03:11] * dois\n\
             [14:03:11] * não entregue: tchau\n"
        );
    }

    #[test]
    fn no_mesmo_lugar_a_ordem_e_a_dos_acontecimentos() {
        let visto = juntas(|terminal| {
            terminal.recebido(HORA, "Bia", "um", false);
            terminal.aviso(HORA, "dois");
            terminal.recebido(HORA, "Bia", "três", false);
            terminal.aviso(HORA, "quatro");
        });
        let ordem: Vec<_> = visto
            .lines()
            .filter_map(|linha| linha.split(' ').next_back())
            .collect();
        assert_eq!(ordem, ["um", "dois", "três", "quatro"]);
    }

    #[test]
    fn uma_linha_em_pedacos_sai_inteira() {
        let pedacos = |terminal: &mut dyn Terminal| {
            terminal.recebido(HORA, "Bia", "aa", true);
            terminal.recebido(HORA, "Bia", "bb", true);
            terminal.descarregar().unwrap();
            terminal.recebido(HORA, "Bia", "cc", false);
        };
        assert_eq!(separadas(pedacos).0, "[14:03:11] Bia: aabbcc\n");
        assert_eq!(juntas(pedacos), "[14:03:11] Bia: aabbcc\n");
    }

    #[test]
    fn uma_pilha_de_acentos_nao_cresce_com_os_pedacos() {
        let (saida, _) = separadas(|terminal| {
            for texto in ["o", "\u{300}\u{300}", "\u{300}\u{300}"] {
                terminal.recebido(HORA, "Bia", texto, true);
                terminal.descarregar().unwrap();
            }
            terminal.recebido(HORA, "Bia", "\u{301}", false);
            terminal.recebido(HORA, "Bia", "\u{301}", false);
        });
        let pilha = "o\u{300}\u{300}\u{300}".to_string() + r"\u{300}\u{301}";
        assert_eq!(
            saida,
            format!("[14:03:11] Bia: {pilha}\n[14:03:11] Bia: \u{301}\n")
        );
    }

    #[test]
    fn so_o_que_aparece_no_mesmo_lugar_interrompe_uma_linha_em_pedacos() {
        let interrompida = |terminal: &mut dyn Terminal| {
            terminal.recebido(HORA, "Bia", "aa", true);
            terminal.aviso(HORA, "caiu");
            terminal.recebido(HORA, "Bia", "bb", false);
            terminal.recebido(HORA, "Bia", "cc", false);
        };
        assert_eq!(
            separadas(interrompida).0,
            "[14:03:11] Bia: aabb\n[14:03:11] Bia: cc\n"
        );
        assert_eq!(
            juntas(interrompida),
            "[14:03:11] Bia: aa\n\
             [14:03:11] * caiu\n\
             [14:03:11] Bia: …bb\n\
             [14:03:11] Bia: cc\n"
        );
    }

    #[test]
    fn as_linhas_proprias_esperam_a_confirmacao() {
        let vistos = separadas(|terminal| {
            for (numero, texto) in [(0, "um"), (2, "dois"), (3, "três")] {
                terminal.enviado(numero, HORA, "Ana", texto);
            }
            terminal.entregue(2);
            terminal.nao_entregue(Some(2), HORA, "dois");
            terminal.entregue(9);
        });
        assert_eq!(vistos.0, "[14:03:11] Ana: um ✓\n[14:03:11] Ana: três ✓\n");
        assert_eq!(vistos.1, "[14:03:11] * não entregue: dois\n");
    }

    #[test]
    fn sem_confirmacao_as_linhas_proprias_aparecem_logo() {
        let papel = Papel::default();
        let mut terminal =
            Simples::com(papel.clone(), io::sink(), false, false);
        terminal.enviado(0, HORA, "Ana", "oi");
        terminal.entregue(1);
        terminal.descarregar().unwrap();
        assert_eq!(papel.lido(), "[14:03:11] Ana: oi\n");
    }

    #[test]
    fn nada_do_outro_comanda_o_terminal() {
        let perigo = "\u{1b}]52;c;eA==\u{7}\r\n\u{202e}";
        let visto = juntas(|terminal| {
            terminal.recebido(HORA, perigo, perigo, false);
            terminal.aviso(HORA, perigo);
            terminal.nao_entregue(None, HORA, perigo);
        });
        for linha in visto.lines() {
            assert!(!linha.chars().any(char::is_control), "{linha:?}");
            assert!(linha.starts_with("[14:03:11] "), "{linha:?}");
            assert!(!linha.contains('\u{202e}'), "{linha:?}");
        }
    }

    #[test]
    fn a_saida_que_se_fecha_e_contada_e_os_avisos_continuam() {
        struct Fechada;
        impl Write for Fechada {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let avisos = Papel::default();
        let mut terminal = Simples::com(Fechada, avisos.clone(), false, true);
        terminal.recebido(HORA, "Bia", "oi", false);
        terminal.aviso(HORA, "até logo");
        let erro = terminal.descarregar().unwrap_err();
        assert_eq!(erro.kind(), ErrorKind::BrokenPipe);
        assert!(avisos.lido().contains("até logo"));
    }

    #[test]
    fn a_memoria_nao_espera_pelo_fim_da_volta() {
        let mut terminal = Simples::com(io::sink(), io::sink(), true, true);
        let texto = "\u{7}".repeat(1000);
        for _ in 0..1000 {
            terminal.recebido(HORA, "Bia", &texto, true);
        }
        for _ in 0..1000 {
            terminal.aviso(HORA, &texto);
        }
        assert!(terminal.conversa.capacity() < 4 * BLOCO);
        assert!(terminal.avisos.capacity() < 4 * BLOCO);
    }
}
