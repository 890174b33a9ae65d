//! Uma pessoa no terminal: os comandos, e como ela vê o que disse.

use libtest_mimic::Trial;

/// Só onde há terminais de mentira.
#[cfg(not(unix))]
pub fn provas() -> Vec<Trial> {
    Vec::new()
}

#[cfg(unix)]
pub fn provas() -> Vec<Trial> {
    use provas::chat::{MODOS, prova};

    let mut provas = Vec::new();
    for modo in MODOS {
        let nome = |o_que: &str| format!("{modo}::pessoa::{o_que}");
        provas.push(prova(nome("comandos"), move || unix::comandos(modo)));
        provas.push(prova(nome("antes_da_conversa"), move || unix::antes(modo)));
    }
    provas
}

#[cfg(unix)]
mod unix {
    use provas::Falha;

    use provas::chat::{Modo, acabou, conectados, ditas, par};

    pub fn comandos(modo: Modo) -> Result<(), Falha> {
        let [ana, bia] = par(modo);
        let mut ana = ana.com_pessoa()?;
        let mut bia = bia.abrir()?;
        conectados(&mut ana, &mut bia)?;
        let visto = if modo == "udp" { "" } else { " ✓" };

        ana.escrever("oi\n");
        bia.esperar_linha_com("Ana: oi")?;
        let propria = ana.esperar_linha_com("Ana: oi")?;
        if !propria.ends_with(&format!("Ana: oi{visto}")) {
            return Err(ana.falha("não mostrou a própria linha"));
        }
        ana.escrever("/ajuda\n");
        for comando in [
            "/ajuda",
            "/sair",
            "/nome NOVO",
            "/ping",
            "/estatisticas",
            "//texto",
        ] {
            ana.esperar_linha_com(&format!("* {comando} "))?;
        }
        ana.escrever("/ping\n");
        ana.esperar_linha_com("ida e volta até Bia: ")?;
        ana.escrever("/nome Ana Luísa\nsou eu\n");
        ana.esperar_linha_com("agora você se chama Ana Luísa")?;
        bia.esperar_linha_com("Ana agora se chama Ana Luísa")?;
        bia.esperar_linha_com("Ana Luísa: sou eu")?;
        ana.esperar_linha_com(&format!("Ana Luísa: sou eu{visto}"))?;
        // Nada disto chega a Bia.
        ana.escrever("/dança\n/sair já\n/nome \u{202e}\n/nome\n\n");
        ana.esperar_linha_com("«/dança» não é um comando")?;
        ana.esperar_linha_com("«/sair já» não é um comando")?;
        ana.esperar_linha_com("esse nome não serve")?;
        ana.esperar_linha_com("diga o nome novo")?;
        ana.escrever("//sair com uma barra\n");
        bia.esperar_linha_com("Ana Luísa: /sair com uma barra")?;
        ana.esperar_linha_com("Ana Luísa: /sair com uma barra")?;
        ana.escrever("/estatisticas\n");
        ana.esperar_linha_com("enviadas: 4 (")?;
        ana.esperar_linha_com("recebidas: 0 (")?;
        ana.escrever("/sair\n");
        acabou(&mut ana, 0)?;
        bia.esperar_linha_com("Ana Luísa saiu")?;
        bia.fechar_entrada();
        acabou(&mut bia, 0)?;
        if ditas(&bia, "Ana") == ["oi"]
            && ditas(&bia, "Ana Luísa") == ["sou eu", "/sair com uma barra"]
        {
            return Ok(());
        }
        Err(bia.falha("mostrou de Ana o que não devia"))
    }

    /// O que se digita antes de haver conversa espera por ela, o nome novo também.
    pub fn antes(modo: Modo) -> Result<(), Falha> {
        let [ana, bia] = par(modo);
        let mut ana = ana.com_pessoa()?;
        ana.esperar_linha_com("à escuta em")?;
        ana.escrever("/ping\n/nome Aninha\nestou à espera\n/estatisticas\n");
        ana.esperar_linha_com("não há a quem perguntar")?;
        // Sem confirmação a linha aparece logo; com ela, só quando Bia a tem.
        if modo == "udp" {
            ana.esperar_linha_com("Aninha: estou à espera")?;
        }
        ana.esperar_linha_com("à espera: 2")?;
        let mut bia = bia.abrir()?;
        bia.esperar_linha_com("Aninha: estou à espera")?;
        if modo != "udp" {
            ana.esperar_linha_com("Aninha: estou à espera ✓")?;
        }
        bia.fechar_entrada();
        ana.esperar_linha_com("Bia saiu")?;
        acabou(&mut bia, 0)?;
        ana.escrever("/sair\n");
        acabou(&mut ana, 0)
    }
}
