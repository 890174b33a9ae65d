//! As opções que mudam o que o programa faz.

use std::fs;
use std::process::Command;

use libtest_mimic::Trial;
use provas::{Falha, Filho, exemplo, porta_livre};

use provas::chat::{MODOS, Modo, PRAZO, acabou, conectados, e_texto, par, prova};

pub fn provas() -> Vec<Trial> {
    let mut provas = vec![prova("sockets_porta", sockets_porta)];
    if cfg!(target_os = "linux") {
        provas.push(prova("registro_em_um_disco_cheio", disco_cheio));
    }
    for modo in MODOS {
        let nome = |o_que: &str| format!("{modo}::opcoes::{o_que}");
        provas.push(prova(nome("uma_conversa"), move || uma_conversa(modo)));
        provas.push(prova(nome("varias_conversas"), move || {
            varias_conversas(modo)
        }));
        provas.push(prova(nome("so_ouvir"), move || so_ouvir(modo)));
        provas.push(prova(nome("registro"), move || registro(modo)));
        provas.push(prova(nome("espera_sem_par"), move || espera_sem_par(modo)));
        provas.push(prova(nome("porta_em_uso"), move || porta_em_uso(modo)));
    }
    provas
}

/// Quem pediu uma conversa só entrega o que tinha a dizer e acaba com ela.
fn uma_conversa(modo: Modo) -> Result<(), Falha> {
    let [ana, bia] = par(modo);
    let mut ana = ana.com(&["--uma-conversa"]).abrir()?;
    let mut bia = bia.abrir()?;
    conectados(&mut ana, &mut bia)?;
    ana.escrever("tchau\n");
    bia.esperar_linha_com("Ana: tchau")?;
    bia.fechar_entrada();
    acabou(&mut bia, 0)?;
    ana.esperar_linha_com("Bia saiu")?;
    acabou(&mut ana, 0)
}

/// Quem não pediu continua à espera, e conversa com o próximo programa.
fn varias_conversas(modo: Modo) -> Result<(), Falha> {
    let [ana, bia] = par(modo);
    let mut ana = ana.abrir()?;
    for vez in 1..=3 {
        let mut bia = bia.abrir()?;
        conectados(&mut ana, &mut bia)?;
        bia.escrever(format!("sou a {vez}ª\n"));
        ana.esperar_linha_com(&format!("Bia: sou a {vez}ª"))?;
        bia.fechar_entrada();
        ana.esperar_linha_com("Bia saiu. À espera de outra conversa")?;
        acabou(&mut bia, 0)?;
    }
    ana.fechar_entrada();
    acabou(&mut ana, 0)
}

/// O que está na entrada não é lido, e o fim dela não é o fim.
fn so_ouvir(modo: Modo) -> Result<(), Falha> {
    let [ana, bia] = par(modo);
    let mut ana = ana.com(&["--so-ouvir", "--uma-conversa"]).abrir()?;
    ana.escrever("isto não vai\n");
    ana.fechar_entrada();
    let mut bia = bia.abrir()?;
    conectados(&mut ana, &mut bia)?;
    bia.escrever("está aí?\n");
    ana.esperar_linha_com("Bia: está aí?")?;
    bia.fechar_entrada();
    acabou(&mut bia, 0)?;
    acabou(&mut ana, 0)?;
    if bia.tudo().contains("isto não vai") {
        return Err(bia.falha("ouviu quem só devia ouvir"));
    }
    Ok(())
}

/// O registro acrescenta ao que já havia, com tudo que se viu e nada que comande um
/// terminal.
fn registro(modo: Modo) -> Result<(), Falha> {
    let pasta = tempfile::tempdir().map_err(|erro| Falha::nova(erro.to_string()))?;
    let arquivo = pasta.path().join("conversa de Ana.txt");
    let caminho = arquivo.to_string_lossy().into_owned();
    let escreveu = fs::write(&arquivo, "o que já havia\n");
    escreveu.map_err(|erro| Falha::nova(erro.to_string()))?;
    for vez in ["um", "dois"] {
        let [ana, bia] = par(modo);
        let mut ana = ana.com(&["--registro", &caminho]).abrir()?;
        let mut bia = bia.abrir()?;
        conectados(&mut ana, &mut bia)?;
        ana.escrever(format!("{vez} \u{1b}[2J\n"));
        bia.esperar_linha_com(&format!("Ana: {vez}"))?;
        bia.escrever(format!("{vez} \u{202e}\r\u{7}\n"));
        ana.esperar_linha_com(&format!("Bia: {vez}"))?;
        ana.fechar_entrada();
        acabou(&mut ana, 0)?;
        bia.fechar_entrada();
        acabou(&mut bia, 0)?;
    }
    let registrado = fs::read_to_string(&arquivo).map_err(|erro| Falha::nova(erro.to_string()))?;
    let mut resto = registrado.as_str();
    for esperado in [
        "o que já havia\n",
        " * conectado com Bia",
        " Ana: um \\u{1b}[2J\n",
        " Bia: um \\u{202e}\\r\\u{7}\n",
        " * conectado com Bia",
        " Ana: dois \\u{1b}[2J\n",
        " Bia: dois \\u{202e}\\r\\u{7}\n",
    ] {
        let Some(onde) = resto.find(esperado) else {
            return Err(Falha::nova(format!("falta {esperado:?} em:\n{registrado}")));
        };
        resto = &resto[onde + esperado.len()..];
    }
    if registrado.lines().all(e_texto) {
        return Ok(());
    }
    Err(Falha::nova("o registro comanda o terminal de quem o lê"))
}

/// A conversa segue, com um aviso só.
fn disco_cheio() -> Result<(), Falha> {
    let [ana, bia] = par("tcp");
    let mut ana = ana.com(&["--registro", "/dev/full"]).abrir()?;
    ana.esperar_linha_com("não foi possível escrever no registro")?;
    let mut bia = bia.abrir()?;
    conectados(&mut ana, &mut bia)?;
    ana.escrever("oi\n");
    bia.esperar_linha_com("Ana: oi")?;
    bia.fechar_entrada();
    acabou(&mut bia, 0)?;
    ana.fechar_entrada();
    acabou(&mut ana, 0)?;
    match ana.tudo().matches("no registro").count() {
        1 => Ok(()),
        vezes => Err(ana.falha(&format!("avisou {vezes} vezes"))),
    }
}

/// Sem ninguém, desiste depois da espera e conta linha a linha o que não foi.
fn espera_sem_par(modo: Modo) -> Result<(), Falha> {
    let [ana, _] = par(modo);
    let mut ana = ana.com(&["--espera", "1"]).abrir()?;
    let comprida = "é".repeat(1500);
    ana.escrever(format!("uma\n{comprida}\n\ntrês"));
    ana.fechar_entrada();
    ana.esperar_linha_com("nada foi entregue em 1 s: desistindo do que falta")?;
    for linha in ["uma", &comprida, "", "três"] {
        let fim = format!("* não entregue: {linha}");
        if !ana.esperar_linha()?.ends_with(&fim) {
            return Err(ana.falha(&format!("não contou {linha:?} na vez dela")));
        }
    }
    ana.esperar_linha_com("erro: 4 mensagens não foram entregues")?;
    acabou(&mut ana, 1)
}

/// A frase diz que porta usar, e quem já estava nela não percebe nada.
fn porta_em_uso(modo: Modo) -> Result<(), Falha> {
    let [ana, bia] = par(modo);
    let mut ana = ana.abrir_e_esperar()?;
    let mut outra = bia.clone();
    outra.local = bia.porta;
    outra.porta = bia.local;
    let mut outra = outra.abrir()?;
    outra.esperar_linha_com("erro: não foi possível escutar em ")?;
    acabou(&mut outra, 1)?;
    if !outra
        .tudo()
        .contains("Feche-o, ou use outra: aqui --porta-local ")
    {
        return Err(outra.falha("não disse o que fazer"));
    }
    let mut bia = bia.abrir()?;
    conectados(&mut ana, &mut bia)?;
    bia.fechar_entrada();
    acabou(&mut bia, 0)?;
    ana.fechar_entrada();
    acabou(&mut ana, 0)
}

/// Sem `--porta`, a porta é a do ambiente, dos dois lados da frase.
fn sockets_porta() -> Result<(), Falha> {
    let porta = porta_livre();
    let local = porta_livre();
    let mut comando = Command::new(exemplo("chat")?);
    comando
        .args(["--ip", "127.0.0.1", "--porta-local", &local.to_string()])
        .env("SOCKETS_PORTA", porta.to_string());
    let mut ana = Filho::rodar("Ana", comando)?.com_prazo(PRAZO);
    let escuta = format!("à escuta em 127.0.0.1:{local}; à espera de 127.0.0.1:{porta}");
    ana.esperar_linha_com(&escuta)?;
    ana.fechar_entrada();
    acabou(&mut ana, 0)
}
