//! Travar o programa: falar sem parar, não ler nunca, ou não deixar que ele mostre.

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
    use std::io;
    use std::process::Stdio;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    use libtest_mimic::Trial;
    use provas::{Falha, Filho};
    use sockets::chat::protocolo::{Item, Mensagem};

    use crate::alvo::{Alvo, conferir_memoria};
    use crate::par::{Conversa, Fluxo, texto};
    use provas::chat::{MODOS, Modo, PRAZO, par, prova, so_texto};

    pub fn provas() -> Vec<Trial> {
        let mut provas = vec![
            prova("tcp::enxurrada::par_que_nao_le", par_que_nao_le),
            prova("tcp::enxurrada::e_ctrl_c", || {
                enxurrada("tcp", |ana| ana.interromper())
            }),
        ];
        for modo in MODOS {
            let nome = |o_que: &str| format!("{modo}::enxurrada::{o_que}");
            let sair = |ana: &mut Filho| ana.escrever("/sair\n");
            provas.push(prova(nome("e_sair"), move || enxurrada(modo, sair)));
            provas.push(prova(nome("dos_dois_lados"), move || dos_dois_lados(modo)));
            provas.push(prova(nome("saida_parada"), move || saida_parada(modo)));
        }
        provas
    }

    /// O par fala sem parar e não se despede; a pessoa sai assim mesmo, com código 0.
    fn enxurrada(modo: Modo, sair: impl FnOnce(&mut Filho)) -> Result<(), Falha> {
        let mut alvo = Alvo::com_pessoa(modo, Stdio::null())?;
        let conversa = Conversa::nova(&mut alvo, "Carla")?;
        let parar = inundar(conversa)?;
        alvo.chat
            .esperar_linha_com("agora se chama Carla, sem parar")?;
        // Antes de mandar sair: de quem já acabou não se sabe quanto ocupou.
        conferir_memoria(&alvo.chat)?;
        sair(&mut alvo.chat);
        let codigo = alvo.chat.esperar_fim()?;
        parar.store(true, Ordering::SeqCst);
        if codigo != 0 {
            return Err(alvo.chat.falha(&format!("acabou com {codigo}")));
        }
        so_texto(&alvo.chat)
    }

    /// Fala sem parar, em uma thread, até que se mande parar ou o alvo vá embora.
    fn inundar(mut conversa: Conversa) -> Result<Arc<AtomicBool>, Falha> {
        conversa.escoar()?;
        let parar = Arc::new(AtomicBool::new(false));
        let parou = Arc::clone(&parar);
        thread::spawn(move || {
            let textos = [texto("blá blá blá \u{1b}[2J\u{202e}"); 500];
            // Em UDP um nome só se perderia.
            let nome = Item::Nome("Carla, sem parar");
            let mut itens = textos.into_iter().chain([nome]).cycle();
            while !parou.load(Ordering::SeqCst)
                && itens
                    .next()
                    .is_some_and(|item| conversa.jorrar(item).is_ok())
            {}
        });
        Ok(parar)
    }

    /// Os dois recebem pelo cano mais do que cabe em qualquer lugar: nenhum espera pelo
    /// outro para sempre, nem incha.
    fn dos_dois_lados(modo: Modo) -> Result<(), Falha> {
        let [ana, bia] = par(modo);
        let mut chats = [ana.abrir()?, bia.abrir()?];
        for chat in &mut chats {
            escrever_sem_fim(chat);
        }
        for (chat, linha) in chats.iter_mut().zip(["Bia: y\n", "Ana: y\n"]) {
            for _ in 0..30_000 {
                chat.esperar_trecho(linha)?;
            }
        }
        for chat in &chats {
            conferir_memoria(chat)?;
        }
        for chat in &chats {
            chat.interromper();
        }
        for chat in &mut chats {
            // O que sobrou da entrada não foi mandado, e isso é dito.
            let codigo = chat.esperar_fim()?;
            if codigo != 1 {
                return Err(chat.falha(&format!("acabou com {codigo}")));
            }
            so_texto(chat)?;
        }
        Ok(())
    }

    /// Mais do que o chat consegue mandar enquanto a prova dura.
    fn escrever_sem_fim(chat: &mut Filho) {
        let bloco = "y\n".repeat(32 * 1024);
        for _ in 0..300 {
            chat.escrever(&bloco);
        }
    }

    /// O par lê uma linha e mais nada, com uma entrada sem fim deste lado.
    fn par_que_nao_le() -> Result<(), Falha> {
        let mut alvo = Alvo::abrir("tcp")?;
        let mut fluxo = Fluxo::conversar(&alvo, "Carla")?;
        escrever_sem_fim(&mut alvo.chat);
        fluxo.ate(|mensagem| matches!(mensagem, Mensagem::Item { .. }))?;
        conferir_memoria(&alvo.chat)?;
        alvo.chat.interromper();
        alvo.chat.esperar_linha_com("não entregue: y")?;
        let codigo = alvo.chat.esperar_fim()?;
        drop(fluxo);
        if codigo != 1 {
            return Err(alvo.chat.falha(&format!("acabou com {codigo}")));
        }
        alvo.conferir()
    }

    /// Ninguém lê a saída, que enche, e o par tem mais a dizer: insistir no Ctrl-C ainda
    /// acaba.
    fn saida_parada(modo: Modo) -> Result<(), Falha> {
        let (leitura, escrita) = io::pipe().map_err(|erro| Falha::nova(erro.to_string()))?;
        let mut alvo = Alvo::com_pessoa(modo, escrita)?;
        let parar = inundar(Conversa::nova(&mut alvo, "Carla")?)?;
        let codigo = insistir(&mut alvo.chat)?;
        parar.store(true, Ordering::SeqCst);
        drop(leitura);
        if codigo != 130 {
            return Err(alvo.chat.falha(&format!("acabou com {codigo}")));
        }
        so_texto(&alvo.chat)
    }

    /// Ctrl-C até que acabe: os que chegam juntos contam como um.
    fn insistir(chat: &mut Filho) -> Result<i32, Falha> {
        let limite = Instant::now() + PRAZO;
        loop {
            chat.interromper();
            let fim = chat.esperar_fim_em(Duration::from_millis(100));
            if fim.is_ok() || Instant::now() >= limite {
                return fim;
            }
        }
    }
}
