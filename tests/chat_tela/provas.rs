//! As provas da tela.

use std::ffi::OsStr;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use provas::exemplos::{chat_com_tela, provas_com_tela};
use provas::{Falha, Filho, Janela, porta_livre};
use rustix::process::{Pid, Signal, kill_process};

/// Todas, na ordem em que aparecem.
pub fn todas() -> Vec<Trial> {
    let mut provas = vec![Trial::test("a_logica_da_tela", logica)];
    provas.extend(do_que_chega());
    provas.extend(do_que_se_ve());
    provas.extend(do_que_se_digita());
    provas.extend(de_cada_fim());
    provas
}

/// Uma janela com o chat de Ana e, do outro lado, Bia em linhas simples.
struct Conversa {
    ana: Janela,
    porta_de_ana: u16,
    bia: Filho,
}

impl Conversa {
    /// Os dois, já conversando. Nada do que Ana mostra antes de a conversa começar
    /// depende de quem ligou.
    fn nova() -> Result<Self, Falha> {
        Self::com(&[], 24, 80)
    }

    fn com(opcoes: &[&str], linhas: u16, colunas: u16) -> Result<Self, Falha> {
        let (porta, outra) = (porta_livre(), porta_livre());
        let mut bia = chat("Bia", outra, porta)?;
        bia.args(opcoes).arg("--simples");
        let bia = Filho::rodar("o chat de Bia", bia)?;
        let mut ana = chat("Ana", porta, outra)?;
        ana.args(opcoes);
        let ana = Janela::abrir("a janela de Ana", &ana, linhas, colunas)?;
        ana.esperar("a conversa na linha de situação", |quadro| {
            quadro.linhas.iter().any(|linha| linha.starts_with(" Bia"))
        })?;
        Ok(Self {
            ana,
            porta_de_ana: porta,
            bia,
        })
    }

    fn sinalizar_bia(&self, sinal: Signal) {
        let bia = i32::try_from(self.bia.pid()).ok().and_then(Pid::from_raw);
        kill_process(bia.expect("Bia tem um número"), sinal).expect("Bia está viva");
    }

    /// Espera que Bia veja uma linha de Ana.
    fn bia_ve(&mut self, texto: &str) -> Result<(), Falha> {
        let linha = self.bia.esperar_linha_com("Ana: ")?;
        if linha.ends_with(&format!("Ana: {texto}")) {
            return Ok(());
        }
        Err(self
            .bia
            .falha(&format!("esperava {texto:?} de Ana, veio {linha:?}")))
    }

    /// Espera que Ana veja uma fala, em uma linha só dela.
    fn ana_ve(&self, fala: &str) -> Result<(), Falha> {
        let fim = format!("] {fala}");
        self.ana.esperar(&format!("a fala {fala:?}"), |quadro| {
            let mut linhas = quadro.linhas.iter();
            linhas.any(|linha| linha.starts_with('[') && linha.ends_with(&fim))
        })
    }

    /// Espera que a linha que se digita seja esta, com a de situação logo abaixo e
    /// o cursor em `coluna`.
    fn ana_digita(&self, linha: &str, coluna: u16) -> Result<(), Falha> {
        let o_que = format!("a linha {linha:?} sendo digitada, e o cursor na coluna {coluna}");
        self.ana.esperar(&o_que, |quadro| {
            let Some([digitada, situacao]) = quadro
                .ultima()
                .and_then(|fim| quadro.linhas[..=fim].last_chunk())
            else {
                return false;
            };
            let onde = quadro
                .cursor
                .filter(|(y, _)| quadro.ultima() == Some(usize::from(*y) + 1));
            digitada == linha && situacao.starts_with(' ') && onde.is_some_and(|(_, x)| x == coluna)
        })
    }
}

fn chat(nome: &str, local: u16, remota: u16) -> Result<Command, Falha> {
    let mut comando = Command::new(chat_com_tela()?);
    comando.args(["--ip", "127.0.0.1", "--nome", nome]);
    comando.args([
        "--porta-local",
        &local.to_string(),
        "--porta",
        &remota.to_string(),
    ]);
    Ok(comando)
}

/// As provas de lógica da biblioteca que só existem com a feature.
fn logica() -> Result<(), Failed> {
    let saida = Command::new(provas_com_tela()?)
        .arg("chat::terminal::tela")
        .output()
        .map_err(|erro| format!("não foi possível rodar as provas de lógica: {erro}"))?;
    let contou = String::from_utf8_lossy(&saida.stdout);
    if saida.status.success() && !contou.contains(" 0 passed") {
        return Ok(());
    }
    let erros = String::from_utf8_lossy(&saida.stderr);
    Err(format!("as provas de lógica da tela falharam:\n{contou}\n{erros}").into())
}

fn do_que_chega() -> Vec<Trial> {
    vec![
        Trial::test("o_que_chega_nao_quebra_a_linha_que_se_digita", || {
            let mut conversa = Conversa::nova()?;
            conversa.ana.digitar("meio da fra");
            conversa.ana_digita("> meio da fra", 13)?;
            for numero in 0..30 {
                conversa.bia.escrever(format!("chegou {numero}\n"));
            }
            conversa.ana_ve("Bia: chegou 29")?;
            conversa.ana_digita("> meio da fra", 13)?;
            conversa.ana.digitar("se\r");
            conversa.bia_ve("meio da frase")?;
            conversa.ana_ve("Ana: meio da frase ✓")?;
            conversa.ana_digita(">", 2)?;
            Ok(())
        }),
        Trial::test(
            "cada_linha_aparece_uma_vez_e_em_ordem_mesmo_em_uma_enxurrada",
            || {
                let mut conversa = Conversa::nova()?;
                conversa.ana.digitar("inteira");
                let linhas: Vec<String> =
                    (0..5000).map(|numero| format!("linha {numero}")).collect();
                conversa.bia.escrever(linhas.join("\n") + "\n");
                conversa.ana_ve("Bia: linha 4999")?;
                conversa.ana_digita("> inteira", 9)?;
                let vistas = conversa.ana.tudo().into_iter();
                let vistas: Vec<String> = vistas
                    .filter_map(|linha| Some(linha.split_once("Bia: ")?.1.to_string()))
                    .collect();
                if vistas != linhas {
                    let falha = format!("de {} linhas, viu {}", linhas.len(), vistas.len());
                    return Err(conversa.ana.falha(&falha).into());
                }
                Ok(())
            },
        ),
        Trial::test("letras_largas_e_linhas_compridas_ficam_no_lugar", || {
            let mut conversa = Conversa::nova()?;
            conversa.bia.escrever("日本語 e 🙂, depois texto\n");
            conversa.ana_ve("Bia: 日本語 e 🙂, depois texto")?;
            conversa.bia.escrever("palavra ".repeat(20) + "fim\n");
            conversa.ana.esperar("a linha comprida em três", |quadro| {
                let linhas = &quadro.linhas;
                let comeco = linhas.iter().position(|l| l.contains("Bia: palavra"));
                let partes = comeco.map(|comeco| &linhas[comeco..comeco + 3]);
                partes.is_some_and(|p| p[1].starts_with("palavra ") && p[2].ends_with("fim"))
            })?;
            Ok(())
        }),
        Trial::test("o_que_o_outro_manda_nao_manda_no_terminal", || {
            let mut conversa = Conversa::nova()?;
            conversa
                .bia
                .escrever("\x1b[2J\x1b]0;x\x07\x1b[?25l\u{202e}fim\n");
            conversa.ana_ve(r"Bia: \u{1b}[2J\u{1b}]0;x\u{7}\u{1b}[?25l\u{202e}fim")?;
            conversa.ana_digita(">", 2)?;
            Ok(())
        }),
    ]
}

fn do_que_se_ve() -> Vec<Trial> {
    vec![
        Trial::test("a_tela_se_refaz_em_qualquer_tamanho", || {
            let mut conversa = Conversa::nova()?;
            conversa.bia.escrever("antes\n");
            conversa.ana_ve("Bia: antes")?;
            conversa.ana.digitar("o que se digita é comprido");
            conversa.ana_digita("> o que se digita é comprido", 28)?;
            conversa.ana.redimensionar(8, 20);
            conversa.ana_digita("> digita é comprido", 19)?;
            conversa.ana.esperar_trecho("antes")?;
            conversa.bia.escrever("meio\n");
            conversa.ana.esperar_trecho("meio")?;
            for (linhas, colunas) in [(1, 1), (2, 3), (1, 40), (40, 1), (50, 200)] {
                conversa.ana.redimensionar(linhas, colunas);
                conversa
                    .bia
                    .escrever(format!("em {linhas} por {colunas}\n"));
            }
            conversa.ana_ve("Bia: em 50 por 200")?;
            conversa.ana_digita("> o que se digita é comprido", 28)?;
            conversa.ana.digitar("\r");
            conversa.bia_ve("o que se digita é comprido")?;
            Ok(())
        }),
        Trial::test("o_que_nao_foi_confirmado_fica_a_vista_embaixo", || {
            let mut conversa = Conversa::nova()?;
            conversa.sinalizar_bia(Signal::STOP);
            for numero in 0..6 {
                conversa.ana.digitar(&format!("espera {numero}\r"));
            }
            conversa.ana.esperar("as que esperam, contadas", |quadro| {
                quadro.mostra("Ana: espera 5") && quadro.mostra("… mais 3 à espera")
            })?;
            conversa.ana_digita(">", 2)?;
            conversa.sinalizar_bia(Signal::CONT);
            for numero in 0..6 {
                conversa.ana_ve(&format!("Ana: espera {numero} ✓"))?;
                conversa.bia_ve(&format!("espera {numero}"))?;
            }
            Ok(())
        }),
        Trial::test("em_udp_a_linha_entra_logo_sem_marca", || {
            let mut conversa = Conversa::com(&["--protocolo", "udp"], 24, 80)?;
            conversa.ana.digitar("oi\r");
            conversa.ana_ve("Ana: oi")?;
            conversa.bia_ve("oi")?;
            Ok(())
        }),
    ]
}

fn do_que_se_digita() -> Vec<Trial> {
    vec![
        Trial::test("as_teclas_de_edicao", || {
            let mut conversa = Conversa::nova()?;
            // Setas, Home, End, Delete, Ctrl-A, Ctrl-E, Ctrl-W, Ctrl-K, Ctrl-U.
            conversa.ana.digitar("bc d\x1b[D\x7f\x1b[Ha\x1b[3~\x1b[F!");
            conversa.ana_digita("> acd!", 6)?;
            conversa.ana.digitar("\x01\x0bção é\u{301} um\x17dois\x05.");
            conversa.ana_digita("> ção é\u{301} dois.", 13)?;
            conversa.ana.digitar("\r");
            conversa.bia_ve("ção é\u{301} dois.")?;
            conversa.ana.digitar("outra\x15\r\rfim\r");
            conversa.bia_ve("fim")?;
            Ok(())
        }),
        Trial::test("o_historico_com_as_setas", || {
            let mut conversa = Conversa::nova()?;
            conversa.ana.digitar("um\rdois\rrascunho\x1b[A\x1b[A");
            conversa.ana_digita("> um", 4)?;
            conversa.ana.digitar("\x1b[B\x1b[B");
            conversa.ana_digita("> rascunho", 10)?;
            Ok(())
        }),
        Trial::test("colar_varias_linhas_pede_confirmacao", || {
            let mut conversa = Conversa::nova()?;
            conversa.ana.digitar("meio");
            conversa.ana.colar("um\n\ndois\ntrês\n");
            conversa.ana.esperar_trecho("Mandar 3 linhas")?;
            conversa.ana.digitar("\r");
            for texto in ["um", "dois", "três"] {
                conversa.bia_ve(texto)?;
            }
            conversa.ana_digita("> meio", 6)?;
            conversa.ana.colar("a\nb");
            conversa.ana.esperar_trecho("Mandar 2 linhas")?;
            conversa.ana.digitar("\x1b");
            conversa.ana_digita("> meio", 6)?;
            conversa.ana.colar(" e uma só\n");
            conversa.ana_digita("> meio e uma só", 15)?;
            conversa.ana.digitar("\r");
            conversa.bia_ve("meio e uma só")?;
            Ok(())
        }),
        Trial::test("sem_tela_o_terminal_nao_muda", || {
            let simples = ["--simples"].as_slice();
            for (antes, depois) in [(&[][..], simples), (&["env", "TERM=dumb"], &[])] {
                let mut ana = chat("Ana", porta_livre(), porta_livre())?;
                ana.args(depois);
                let mut palavras: Vec<_> = antes.iter().map(OsStr::new).collect();
                palavras.push(ana.get_program());
                palavras.extend(ana.get_args());
                let mut comando = Command::new(palavras[0]);
                comando.args(&palavras[1..]);
                let mut janela = Janela::abrir("a janela de Ana", &comando, 24, 80)?;
                janela.esperar_trecho("/ajuda")?;
                janela.conferir_como_antes()?;
                janela.sinalizar(Signal::TERM);
                janela.esperar_fim()?;
            }
            Ok(())
        }),
    ]
}

/// Um jeito de acabar: o que se faz, e com que código o programa de Ana acaba.
type Fim = (&'static str, fn(&mut Conversa), i32);

fn de_cada_fim() -> Vec<Trial> {
    let fins: [Fim; 6] = [
        ("o_comando_sair", |c| c.ana.digitar("/sair\r"), 0),
        ("ctrl_c", |c| c.ana.digitar("meia linha\x03"), 0),
        ("ctrl_d_na_linha_vazia", |c| c.ana.digitar("\x04"), 0),
        ("sigterm", |c| c.ana.sinalizar(Signal::TERM), 0),
        ("sigint", |c| c.ana.sinalizar(Signal::INT), 0),
        ("o_outro_se_despede", |c| c.bia.fechar_entrada(), 0),
    ];
    let mut provas: Vec<Trial> = fins
        .into_iter()
        .map(|(nome, acabar, codigo)| {
            Trial::test(
                format!("o_terminal_volta_ao_que_era_com_{nome}"),
                move || {
                    let mut conversa = Conversa::com(&["--uma-conversa"], 24, 80)?;
                    conversa.ana.digitar("oi\r");
                    conversa.bia_ve("oi")?;
                    conversa.ana_ve("Ana: oi ✓")?;
                    acabar(&mut conversa);
                    conferir_fim(&mut conversa.ana, codigo)?;
                    Ok(())
                },
            )
        })
        .collect();
    provas.extend([
        Trial::test("o_terminal_volta_ao_que_era_com_o_segundo_pedido", || {
            let mut conversa = Conversa::nova()?;
            conversa.sinalizar_bia(Signal::STOP);
            conversa.ana.digitar("sem resposta\r");
            conversa.ana.esperar_trecho("Ana: sem resposta")?;
            conversa.ana.digitar("\x03");
            conversa.ana.digitar("\x03");
            conferir_fim(&mut conversa.ana, 130)?;
            Ok(())
        }),
        Trial::test("o_terminal_volta_ao_que_era_com_uma_porta_em_uso", || {
            let conversa = Conversa::nova()?;
            let outra = chat("Ana", conversa.porta_de_ana, porta_livre())?;
            let mut janela = Janela::abrir("outra janela de Ana", &outra, 24, 80)?;
            conferir_fim(&mut janela, 1)?;
            janela.esperar_trecho("erro: ")?;
            Ok(())
        }),
        Trial::test(
            "o_terminal_volta_ao_que_era_com_um_sinal_antes_da_tela",
            || {
                let ana = chat("Ana", porta_livre(), porta_livre())?;
                let mut janela = Janela::abrir("a janela de Ana", &ana, 24, 80)?;
                // Sem resposta, a tela demora a abrir: o sinal chega no meio.
                janela.calar();
                janela.esperar_tecla_a_tecla()?;
                janela.sinalizar(Signal::TERM);
                conferir_fim(&mut janela, 0)?;
                Ok(())
            },
        ),
        Trial::test("a_janela_que_se_fecha_acaba_com_o_programa", || {
            let mut conversa = Conversa::nova()?;
            conversa.ana.fechar();
            conversa.ana.esperar_fim()?;
            conversa.bia.esperar_linha_com("Ana saiu")?;
            Ok(())
        }),
        Trial::test("o_terminal_volta_ao_que_era_com_um_panico", || {
            let mut comando = Command::new(provas_com_tela()?);
            comando.args(["--ignored", "--nocapture", "--test-threads=1"]);
            comando.arg("um_panico_devolve_o_terminal");
            let mut janela = Janela::abrir("a prova do pânico", &comando, 24, 80)?;
            conferir_fim(&mut janela, 0)?;
            janela.esperar_trecho("de propósito")?;
            Ok(())
        }),
    ]);
    provas
}

/// Espera o fim e confere o código, o modo do terminal e que o rodapé saiu: abaixo do
/// cursor não há nada.
fn conferir_fim(janela: &mut Janela, codigo: i32) -> Result<(), Falha> {
    let veio = janela.esperar_fim()?;
    if veio != codigo {
        return Err(janela.falha(&format!("acabou com {veio}, não com {codigo}")));
    }
    janela.conferir_como_antes()?;
    janela.esperar("nada abaixo do cursor", |quadro| {
        let cursor = quadro.cursor.map(|(linha, _)| usize::from(linha));
        cursor.is_some_and(|linha| quadro.ultima().is_none_or(|ultima| ultima < linha))
    })
}
