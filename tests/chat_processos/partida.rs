//! Quem abre primeiro não importa.

use libtest_mimic::Trial;
use provas::Falha;

use provas::chat::{MODOS, Modo, acabou, conectados, par, prova};

pub fn provas() -> Vec<Trial> {
    let mut provas = Vec::new();
    for modo in MODOS {
        for (nome, primeira) in [
            ("ana_abre_antes", Some(0)),
            ("bia_abre_antes", Some(1)),
            ("abrem_juntas", None),
        ] {
            provas.push(prova(format!("{modo}::{nome}"), move || {
                abrir(modo, primeira)
            }));
        }
    }
    provas
}

fn abrir(modo: Modo, primeira: Option<usize>) -> Result<(), Falha> {
    let [ana, bia] = par(modo);
    let (mut ana, mut bia) = match primeira {
        Some(0) => (ana.abrir_e_esperar()?, bia.abrir()?),
        Some(_) => {
            let bia = bia.abrir_e_esperar()?;
            (ana.abrir()?, bia)
        }
        None => (ana.abrir()?, bia.abrir()?),
    };
    conectados(&mut ana, &mut bia)?;
    ana.escrever("oi, Bia\n");
    bia.esperar_linha_com("Ana: oi, Bia")?;
    bia.escrever("oi, Ana\n");
    ana.esperar_linha_com("Bia: oi, Ana")?;
    ana.fechar_entrada();
    bia.esperar_linha_com("Ana saiu")?;
    acabou(&mut ana, 0)?;
    bia.fechar_entrada();
    acabou(&mut bia, 0)
}
