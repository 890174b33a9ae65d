//! As maneiras de acabar: sinais, `/sair`, o fim da entrada e a saída fechada.

use libtest_mimic::Trial;

/// Só onde há sinais e terminais de mentira.
#[cfg(not(unix))]
pub fn provas() -> Vec<Trial> {
    Vec::new()
}

#[cfg(unix)]
pub fn provas() -> Vec<Trial> {
    unix::provas()
}

#[cfg(unix)]
mod unix {
    use std::io::{self, BufRead, BufReader};
    use std::time::Duration;

    use libtest_mimic::Trial;
    use provas::{Falha, Filho};
    use rustix::process::{Pid, Signal, kill_process};

    use crate::conversa::separado;
    use provas::chat::{MODOS, Modo, acabou, conectados, ditas, par, prova, sem_comeco};

    pub fn provas() -> Vec<Trial> {
        let mut provas = Vec::new();
        for modo in MODOS {
            let nome = |o_que: &str| format!("{modo}::fim::{o_que}");
            for (o_que, sinal) in [
                ("ctrl_c", Signal::INT),
                ("sigterm", Signal::TERM),
                ("terminal_fechado", Signal::HUP),
            ] {
                let roda = move || despede(modo, |ana| sinalizar(ana, sinal));
                provas.push(prova(nome(o_que), roda));
            }
            let sair = |ana: &mut Filho| ana.escrever("/sair\n");
            provas.push(prova(nome("sair"), move || despede(modo, sair)));
            provas.push(prova(nome("ultima_linha"), move || ultima_linha(modo)));
            provas.push(prova(nome("ctrl_d"), move || {
                despede(modo, Filho::fechar_entrada)
            }));
            provas.push(prova(nome("ctrl_c_sem_par"), move || sem_par(modo)));
            provas.push(prova(nome("dois_ctrl_c"), move || dois_ctrl_c(modo)));
            provas.push(prova(nome("saida_fechada"), move || saida_fechada(modo)));
        }
        provas
    }

    fn sinalizar(chat: &Filho, sinal: Signal) {
        let quem = i32::try_from(chat.pid()).ok().and_then(Pid::from_raw);
        // Falha quando ele já acabou: quem espera o fim vê.
        let _ = kill_process(quem.expect("o chat tem um número"), sinal);
    }

    /// Ana, em um terminal, conversa e sai desta maneira: Bia sabe, e as duas acabam
    /// bem.
    fn despede(modo: Modo, sair: impl FnOnce(&mut Filho)) -> Result<(), Falha> {
        let [ana, bia] = par(modo);
        let mut ana = ana.com_pessoa()?;
        let mut bia = bia.com(&["--uma-conversa"]).abrir()?;
        conectados(&mut ana, &mut bia)?;
        ana.escrever("oi\n");
        bia.esperar_linha_com("Ana: oi")?;
        bia.escrever("olá\n");
        ana.esperar_linha_com("Bia: olá")?;
        sair(&mut ana);
        acabou(&mut ana, 0)?;
        bia.esperar_linha_com("Ana saiu")?;
        acabou(&mut bia, 0)?;
        Ok(())
    }

    /// O que se digita logo antes de sair ainda vai.
    fn ultima_linha(modo: Modo) -> Result<(), Falha> {
        let [ana, bia] = par(modo);
        let mut ana = ana.com_pessoa()?;
        let mut bia = bia.com(&["--uma-conversa"]).abrir()?;
        conectados(&mut ana, &mut bia)?;
        ana.escrever("tenho de ir\naté\n/sair\n");
        acabou(&mut ana, 0)?;
        acabou(&mut bia, 0)?;
        if ditas(&bia, "Ana") == ["tenho de ir", "até"] {
            return Ok(());
        }
        Err(bia.falha("não mostrou o que Ana disse antes de sair"))
    }

    /// O que se digitou sem par não foi entregue: é dito, e o código é 1.
    fn sem_par(modo: Modo) -> Result<(), Falha> {
        let [ana, _] = par(modo);
        let mut ana = ana.com_pessoa()?;
        ana.esperar_linha_com("à escuta em")?;
        ana.escrever("tem alguém aí?\n/estatisticas\n");
        ana.esperar_linha_com("à espera: 1")?;
        sinalizar(&ana, Signal::INT);
        ana.esperar_linha_com("esperando a entrega de 1 mensagem")?;
        ana.esperar_linha_com("não entregue: tem alguém aí?")?;
        ana.esperar_linha_com("erro: uma mensagem não foi entregue")?;
        acabou(&mut ana, 1)
    }

    /// Quem insiste não espera por nada.
    fn dois_ctrl_c(modo: Modo) -> Result<(), Falha> {
        let [ana, _] = par(modo);
        let mut ana = ana.com_pessoa()?;
        ana.esperar_linha_com("à escuta em")?;
        ana.escrever("tem alguém aí?\n/estatisticas\n");
        ana.esperar_linha_com("à espera: 1")?;
        sinalizar(&ana, Signal::INT);
        ana.esperar_linha_com("esperando a entrega de 1 mensagem")?;
        // Os que chegam juntos contam como um: é preciso insistir.
        while ana.esperar_fim_em(Duration::from_millis(100)).is_err() {
            sinalizar(&ana, Signal::INT);
        }
        acabou(&mut ana, 130)
    }

    /// `| head -1`: quem lê a saída de Bia vai embora. Ela não insiste nem reclama, e
    /// Ana sabe que ela saiu.
    fn saida_fechada(modo: Modo) -> Result<(), Falha> {
        let [ana, bia] = par(modo);
        let mut ana = ana.com(&["--espera", "1"]).abrir()?;
        let (leitura, escrita) = io::pipe().map_err(|erro| ana.falha(&erro.to_string()))?;
        let mut bia = separado(&bia.com(&["--so-ouvir"]), escrita)?;
        conectados(&mut ana, &mut bia)?;
        ana.escrever("a primeira\n");
        let mut linha = String::new();
        let mut leitura = BufReader::new(leitura);
        leitura
            .read_line(&mut linha)
            .map_err(|erro| bia.falha(&erro.to_string()))?;
        if sem_comeco(linha.trim_end(), "Ana") != Some("a primeira") {
            return Err(bia.falha(&format!("mostrou {linha:?}")));
        }
        drop(leitura);
        // Um processo que outra prova esteja abrindo pode ter o cano por um instante: é
        // preciso insistir.
        while bia.esperar_fim_em(Duration::from_millis(100)).is_err() {
            ana.escrever("ninguém lê\n");
        }
        acabou(&mut bia, 1)?;
        if bia.tudo().contains("erro") {
            return Err(bia.falha("reclamou da saída fechada"));
        }
        ana.esperar_linha_com("Bia saiu")?;
        if modo == "udp" {
            // Sem confirmação, Ana não sabe.
            return Ok(());
        }
        ana.fechar_entrada();
        // O que Bia não mostrou ela não confirmou.
        acabou(&mut ana, 1)
    }
}
