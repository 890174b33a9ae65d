//! Muitas conversas ao acaso: a rede cai e volta, a Bia fecha e abre, as duas
//! digitam. O que a semente sorteou repete-se.

use sockets::chat::protocolo::Modo;

use super::bancada::{Bancada, Lado, Visto};
use super::encaminhador::Rede;
use super::sorteio::Sorteio;

const SEMENTES: u64 = 40;

fn numeros(lado: &Lado) -> Vec<u64> {
    lado.textos()
        .iter()
        .map(|texto| texto.parse().unwrap())
        .collect()
}

/// Confere o que uma Bia viu das linhas da Ana: seguidas, e sem buraco entre ela e a
/// anterior, que viu até `fim`. Uma linha pode ter sido vista pelas duas: a primeira
/// fechou antes de confirmar.
fn conferir_bia(bia: &Lado, fim: &mut u64) {
    let vistas = numeros(bia);
    for duas in vistas.windows(2) {
        assert_eq!(duas[1], duas[0] + 1, "{vistas:?}");
    }
    if let (Some(primeira), Some(ultima)) = (vistas.first(), vistas.last()) {
        assert!(primeira <= fim, "faltam linhas entre {fim} e {primeira}");
        *fim = ultima + 1;
    }
}

/// Confere o que a Ana viu desde que esta Bia abriu: as linhas dela desde a primeira.
/// Antes podem vir as últimas da Bia anterior, que já estavam na rede.
fn conferir_ana(vistas: &[u64]) {
    let inicio = vistas.iter().position(|linha| *linha == 0);
    let desta = &vistas[inicio.unwrap_or(vistas.len())..];
    let esperadas: Vec<u64> = (0..desta.len() as u64).collect();
    assert_eq!(desta, esperadas);
}

/// Uma conversa confiável ao acaso.
fn conversa_ao_acaso(semente: u64) {
    let mut sorteio = Sorteio::novo(semente);
    let rede = [Rede::BOA, Rede::ruim(5), Rede::ruim(30)][usize::try_from(semente % 3).unwrap()];
    let mut bancada = Bancada::nova(Modo::UdpConfiavel, rede, semente);
    let (mut da_ana, mut da_bia) = (0, 0);
    let (mut fim, mut ja_vistas) = (0, 0);
    for _ in 0..30 {
        match sorteio.ate(6) {
            0 => bancada.rede().cortada = true,
            1 | 2 => bancada.rede().cortada = false,
            3 => {
                conferir_bia(&bancada.bia, &mut fim);
                bancada.reabrir_bia(Modo::UdpConfiavel);
                ja_vistas = bancada.ana.textos().len();
                da_bia = 0;
            }
            _ => {
                let (umas, outras) = (sorteio.ate(200), sorteio.ate(50));
                let linhas = (da_ana..da_ana + umas).map(|n| n.to_string());
                bancada.ana.entrada.extend(linhas);
                let linhas = (da_bia..da_bia + outras).map(|n| n.to_string());
                bancada.bia.entrada.extend(linhas);
                da_ana += umas;
                da_bia += outras;
            }
        }
        bancada.segundos(sorteio.ate(4) * sorteio.ate(8));
        conferir_ana(&numeros(&bancada.ana)[ja_vistas..]);
    }
    bancada.rede().cortada = false;
    bancada.ate("tudo fosse entregue", 600, |b| {
        [&b.ana, &b.bia]
            .iter()
            .all(|lado| lado.entrada.is_empty() && lado.transporte.pendentes() == 0)
    });
    conferir_bia(&bancada.bia, &mut fim);
    assert_eq!(fim, da_ana);
    bancada.sair();
}

#[test]
fn o_confiavel_entrega_tudo_em_conversas_ao_acaso() {
    for semente in 0..SEMENTES {
        conversa_ao_acaso(semente);
    }
}

/// Em UDP, o que falta a cada Bia é o que a rede lhe perdeu: nada some sem se dizer,
/// nada aparece duas vezes.
#[test]
fn o_udp_conta_tudo_em_conversas_ao_acaso() {
    for semente in 0..SEMENTES {
        let mut sorteio = Sorteio::novo(semente);
        let mut bancada = Bancada::nova(Modo::Udp, Rede::ruim(20), semente);
        bancada.conversar();
        let mut da_ana = 0;
        for _ in 0..20 {
            let umas = sorteio.ate(100);
            let linhas = (da_ana..da_ana + umas).map(|n| n.to_string());
            bancada.ana.entrada.extend(linhas);
            da_ana += umas;
            bancada.rede().cortada = sorteio.por_cento(30);
            bancada.segundos(sorteio.ate(20));
        }
        bancada.rede().cortada = false;
        bancada.conversar();
        bancada.sair();
        bancada.segundos(5);
        let medidas = bancada.bia.transporte.medidas();
        let notas = bancada.bia.notas();
        assert_eq!(
            medidas.perdidos,
            bancada.rede.as_ref().unwrap().para[1].perdidos(),
            "{notas:?}"
        );
        assert_eq!(medidas.recebidos + medidas.perdidos, da_ana, "{notas:?}");
        let mut vistas: Vec<&str> = bancada
            .bia
            .visto
            .iter()
            .filter_map(|visto| match visto {
                Visto::Texto(texto) | Visto::Atrasado { texto, .. } => Some(texto.as_str()),
                _ => None,
            })
            .collect();
        let quantas = vistas.len();
        vistas.sort_unstable();
        vistas.dedup();
        assert_eq!(vistas.len(), quantas, "{notas:?}");
    }
}
