//! Entre dois computadores de mentira, com perda de verdade: o que se relata de cada
//! sentido é o que o núcleo derrubou, ao datagrama.

use std::path::Path;
use std::time::Duration;

use cena::Teclado;
use libtest_mimic::{Completion, Failed, Trial};
use provas::rede::{Host, TUDO};
use provas::{Falha, Filho, Rede, rede};

use crate::apoio::{
    PRAZO, SEM_VAZAO, celulas, comando, exigir, ninguem_duvida, pasta, soma, tabela,
};

/// Os datagramas da perda, pelo tamanho que o UDP diz, que conta o cabeçalho dele: nada
/// mais tem este.
const DA_PERDA: &str = "udp length 341";
const TAMANHO: &str = "333";

pub fn provas() -> Vec<Trial> {
    let mut provas: Vec<Trial> = [[0, 0], [50, 200], [200, 10], [1000, 0]]
        .map(|por_mil| {
            let nome = format!("rede::ida_{}_volta_{}_por_mil", por_mil[0], por_mil[1]);
            prova(nome, move |rede| contar(rede, por_mil))
        })
        .into();
    provas.push(prova("rede::sem_udp_o_tcp_se_mede".into(), sem_udp));
    provas.push(prova("rede::com_tudo_a_perder_se_acaba".into(), tudo_perde));
    provas
}

/// Uma prova em uma rede só dela.
fn prova(nome: String, roda: impl FnOnce(&Rede) -> Result<(), Falha> + Send + 'static) -> Trial {
    Trial::ignorable_test(nome, move || {
        if let Err(ausente) = rede::possivel() {
            return ausente.concluir();
        }
        let rede = Rede::abrir().map_err(Failed::from)?;
        roda(&rede).map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}

fn rodar(host: &Host, nome: &str, argumentos: &[&str]) -> Result<Filho, Falha> {
    let filho = host.rodar(nome, &comando(argumentos)?, Teclado::Cano)?;
    Ok(filho.com_prazo(PRAZO))
}

/// O servidor no segundo computador, e o cliente no primeiro, até o fim.
fn medir(rede: &Rede, pasta: &Path, mais: &[&str]) -> Result<(Filho, Filho), Falha> {
    let [do_cliente, do_servidor] = &rede.hosts;
    let mut servidor = rodar(do_servidor, "servidor", &["servidor", "--um-cliente"])?;
    servidor.esperar_endereco()?;
    let ip = do_servidor.endereco().to_string();
    let pasta = pasta.to_string_lossy().into_owned();
    let fixos = ["cliente", "--ip", &ip, "--resultados", &pasta];
    let mut cliente = rodar(do_cliente, "cliente", &[&fixos[..], mais].concat())?;
    cliente.esperar_fim()?;
    Ok((servidor, cliente))
}

fn contar(rede: &Rede, por_mil: [u32; 2]) -> Result<(), Falha> {
    let [do_cliente, do_servidor] = &rede.hosts;
    // Derruba-se à chegada: a ida, no servidor; a volta, no cliente.
    let sentidos = [
        ("ida", do_servidor, por_mil[0]),
        ("volta", do_cliente, por_mil[1]),
    ];
    for (_, host, por_mil) in sentidos {
        host.contar("da_perda", DA_PERDA)?;
        host.perder(DA_PERDA, por_mil)?;
    }
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let opcoes = [
        "--so",
        "ida-e-volta,perda",
        "--rodadas",
        "2",
        "--tamanho",
        TAMANHO,
    ];
    let (mut servidor, mut cliente) = medir(rede, &saida, &opcoes)?;
    provas::chat::acabou(&mut cliente, 0)?;
    provas::chat::acabou(&mut servidor, 0)?;
    let linhas = tabela(&saida)?;
    for (sentido, host, por_mil) in sentidos {
        let contado = |medida: &str| soma(&linhas, "perda", sentido, medida);
        let (enviados, perdidos) = (contado("enviados")?, contado("perdidos")?);
        let (passaram, derrubados) = (host.contador("da_perda")?, host.derrubados()?);
        let sem_buffer = contado("sem_buffer")?;
        let certo = enviados == passaram
            && perdidos == derrubados + sem_buffer
            && contado("unicos")? == enviados - perdidos
            && contado("duplicados")? == 0
            && (derrubados > 0) == (por_mil > 0);
        let relato = format!(
            "{sentido}: diz {perdidos} perdidos de {enviados} ({sem_buffer} no buffer), e o núcleo \
             derrubou {derrubados} de {passaram}"
        );
        exigir(certo, cliente.falha(&relato).to_string())?;
    }
    ninguem_duvida(&linhas)?;
    // O TCP não perdeu nada disso.
    let sem_resposta = celulas(
        &linhas,
        &[("protocolo", "tcp"), ("medida", "sem_resposta")],
        "valor",
    );
    exigir(
        sem_resposta.iter().all(|valor| valor == "0.000"),
        format!("no TCP ficaram {sem_resposta:?} sem resposta"),
    )
}

fn sem_udp(rede: &Rede) -> Result<(), Falha> {
    for host in &rede.hosts {
        host.perder("meta l4proto udp", 1000)?;
    }
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let (mut servidor, mut cliente) = medir(rede, &saida, &["--rapido"])?;
    provas::chat::acabou(&mut cliente, 0)?;
    provas::chat::acabou(&mut servidor, 0)?;
    let protocolos = celulas(&tabela(&saida)?, &[], "protocolo");
    exigir(
        !protocolos.is_empty() && protocolos.iter().all(|p| p == "tcp"),
        format!("mediu-se {protocolos:?}"),
    )?;
    exigir(
        cliente.tudo().contains("não medido: 5 passos"),
        cliente.falha("não diz o que não mediu").to_string(),
    )
}

/// Em uma rede em que até o controle se perde, a medição acaba, bem ou mal, com uma
/// frase, e o servidor continua a atender.
fn tudo_perde(rede: &Rede) -> Result<(), Falha> {
    for host in &rede.hosts {
        host.perder(TUDO, 100)?;
    }
    let [do_cliente, do_servidor] = &rede.hosts;
    let mut servidor = rodar(do_servidor, "servidor", &["servidor"])?;
    servidor.esperar_endereco()?;
    let ip = do_servidor.endereco().to_string();
    for vez in 0..2 {
        let pasta = pasta()?;
        let saida = pasta.path().join("r").to_string_lossy().into_owned();
        let fixos = ["cliente", "--ip", &ip, "--resultados", &saida];
        let argumentos = [&fixos[..], &SEM_VAZAO].concat();
        let mut cliente = rodar(do_cliente, "cliente", &argumentos)?;
        let codigo = cliente.esperar_fim_em(Duration::from_secs(300))?;
        let disse = cliente.tudo();
        exigir(
            codigo == 0 || (codigo == 1 && disse.contains("erro: ")),
            cliente
                .falha(&format!("acabou com {codigo}, na vez {vez}"))
                .to_string(),
        )?;
    }
    for host in &rede.hosts {
        host.deixar_passar()?;
    }
    let pasta = pasta()?;
    let saida = pasta.path().join("r").to_string_lossy().into_owned();
    // O último cliente pode ter sumido sem que o servidor ainda o saiba.
    let limite = std::time::Instant::now() + PRAZO;
    loop {
        let fixos = ["cliente", "--ip", &ip, "--resultados", &saida];
        let argumentos = [&fixos[..], &SEM_VAZAO].concat();
        let mut cliente = rodar(do_cliente, "cliente", &argumentos)?;
        match cliente.esperar_fim()? {
            0 => return Ok(()),
            _ if cliente.tudo().contains("está ocupado") => {
                exigir(std::time::Instant::now() < limite, "continua ocupado")?;
            }
            codigo => return Err(cliente.falha(&format!("acabou com {codigo}"))),
        }
    }
}
