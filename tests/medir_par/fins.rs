//! Como os dois programas começam e acabam quando algo não é como devia.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use libtest_mimic::Trial;
use provas::Falha;
use provas::chat::acabou;

use crate::apoio::{
    CURTO, Servidor, argumentos, comando, exigir, falhou, medir, pasta, prova, rodar,
};

pub fn provas() -> Vec<Trial> {
    let mut provas = vec![
        prova("fins::ninguem_atende", ninguem),
        prova("fins::a_porta_em_uso_e_dita", porta_em_uso),
        prova("fins::a_porta_udp_tomada_e_dita_ao_cliente", udp_tomada),
        prova("fins::uma_pasta_com_medidas_nao_se_estraga", pasta_usada),
        prova("fins::o_que_a_linha_de_comando_recusa", recusas),
        prova("fins::a_ajuda_cabe_e_esta_em_portugues", ajuda),
        prova("fins::a_porta_vem_do_ambiente", porta_do_ambiente),
    ];
    #[cfg(unix)]
    provas.extend([
        prova("fins::ctrl_c_no_servidor_parado", sinais::parado),
        prova("fins::ctrl_c_no_servidor_no_meio", sinais::servidor_no_meio),
        prova("fins::ctrl_c_no_cliente_no_meio", sinais::cliente_no_meio),
        prova("fins::o_servidor_morre_no_meio", sinais::servidor_morto),
        prova("fins::o_cliente_morre_no_meio", sinais::cliente_morto),
    ]);
    provas
}

fn ninguem() -> Result<(), Falha> {
    let porta = provas::porta_livre();
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let cliente = medir((Ipv4Addr::LOCALHOST, porta).into(), &saida, &CURTO, 1)?;
    let mostrado = cliente.tudo();
    for frase in [
        format!("não foi possível ligar para 127.0.0.1:{porta}"),
        "Abra o servidor primeiro e confira a porta".to_string(),
    ] {
        exigir(mostrado.contains(&frase), cliente.falha(&frase).to_string())?;
    }
    exigir(!saida.exists(), "deixou uma pasta sem medidas")
}

fn porta_em_uso() -> Result<(), Falha> {
    let local = (Ipv4Addr::LOCALHOST, 0);
    let tcp = TcpListener::bind(local).map_err(|e| falhou("ocupar uma porta", &e))?;
    let udp = UdpSocket::bind(local).map_err(|e| falhou("ocupar uma porta", &e))?;
    for porta in [tcp.local_addr(), udp.local_addr()] {
        let porta = porta.map_err(|e| falhou("saber a porta", &e))?.port();
        let porta = porta.to_string();
        let mut servidor = rodar(&["servidor", "--ip", "127.0.0.1", "--porta", &porta])?;
        acabou(&mut servidor, 1)?;
        let frase = format!("não foi possível atender em 127.0.0.1:{porta}");
        servidor.esperar_linha_com(&frase)?;
        exigir(
            servidor.tudo().contains("--porta 50001"),
            servidor.falha("não diz o que fazer").to_string(),
        )?;
    }
    Ok(())
}

/// Outro programa toma a porta UDP depois que o servidor abriu: o cliente fica a saber.
fn udp_tomada() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let outro = UdpSocket::bind(servidor.endereco).map_err(|e| falhou("tomar a porta", &e))?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let cliente = medir(servidor.endereco, &saida, &CURTO, 1)?;
    exigir(
        cliente
            .tudo()
            .contains("o sistema do outro lado não deixou"),
        cliente.falha("não diz que foi o sistema").to_string(),
    )?;
    servidor
        .filho
        .esperar_linha_com("não foi possível abrir a porta UDP")?;
    drop(outro);
    servidor.continua_de_pe()
}

fn pasta_usada() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let pasta = pasta()?;
    let nota = pasta.path().join("nota.txt");
    std::fs::write(&nota, "minha").map_err(|e| falhou("escrever", &e))?;
    let cliente = medir(servidor.endereco, pasta.path(), &CURTO, 1)?;
    exigir(
        cliente.tudo().contains("não está vazia"),
        cliente.falha("não diz que há algo na pasta").to_string(),
    )?;
    let conteudo = std::fs::read_dir(pasta.path()).map_err(|e| falhou("ler", &e))?;
    exigir(conteudo.count() == 1, "mexeu na pasta")?;
    servidor.continua_de_pe()
}

/// O que se pede e a frase que se ouve.
const RECUSAS: &[(&[&str], &str)] = &[
    (&["cliente"], "falta a opção «--ip <IP>»"),
    (&["cliente", "--ip"], "falta o valor da opção «--ip <IP>»"),
    (
        &["cliente", "--ip", "0.0.0.0"],
        "Dê o IP do outro computador",
    ),
    (&["cliente", "--ip", "224.0.0.1"], "Dê o IP de um só"),
    (&["cliente", "--ip", "192.168.0"], "não é um IPv4"),
    (
        &["cliente", "--ip", "127.0.0.1:7"],
        "--ip 127.0.0.1 --porta 7",
    ),
    (
        &["cliente", "--ip", "a", "--porta", "0"],
        "um número inteiro de 1 a 65535",
    ),
    (
        &["cliente", "--ip", "a", "--rodadas", "51"],
        "um número inteiro de 1 a 50",
    ),
    (&["cliente", "--ip", "a", "--tamanho", "31"], "de 32 a 1472"),
    (
        &["cliente", "--ip", "a", "--tamanho", "200,200"],
        "não repita um valor",
    ),
    (&["cliente", "--ip", "a", "--ritmo", "0"], "de 1 a 250000"),
    (
        &["cliente", "--ip", "a", "--quantos", "1000", "--ritmo", "99"],
        "uma série dura no máximo 10 segundos",
    ),
    (
        &[
            "cliente",
            "--ip",
            "a",
            "--tamanho",
            "1472",
            "--ritmo",
            "90000",
        ],
        "uma série leva no máximo 1 Gb/s",
    ),
    (
        &[
            "cliente",
            "--ip",
            "a",
            "--rodadas",
            "50",
            "--quantos",
            "9000",
            "--ritmo",
            "1000",
        ],
        "e uma sessão vai até 10 min",
    ),
    (
        &["cliente", "--ip", "a", "--perda", "5"],
        "não conheço a opção «--perda»",
    ),
    (&["servidor", "--porta", "65536"], "de 0 a 65535"),
    (
        &["servidor", "--ip", "a"],
        "use um IPv4 ou um IPv6 deste computador",
    ),
    (&["servidor", "mais"], "não sei o que fazer com «mais»"),
];

fn recusas() -> Result<(), Falha> {
    for (argumentos, frase) in RECUSAS {
        let mut medir = rodar(argumentos)?;
        acabou(&mut medir, 2)?;
        exigir(
            medir.tudo().contains(frase),
            medir.falha(&format!("não diz {frase:?}")).to_string(),
        )?;
    }
    let mut medir = rodar(&["cliente", "--ip", "nao-existe.invalid"])?;
    acabou(&mut medir, 1)?;
    medir.esperar_linha_com("não foi possível descobrir o endereço de «nao-existe.invalid»")?;
    Ok(())
}

fn ajuda() -> Result<(), Falha> {
    for (comando, opcoes) in [
        ("servidor", &["--porta", "--ip", "--um-cliente"][..]),
        (
            "cliente",
            &[
                "--ip",
                "--porta",
                "--rapido",
                "--rodadas",
                "--tamanho",
                "--ritmo",
                "--resultados",
            ],
        ),
    ] {
        let mut medir = rodar(&[comando, "--ajuda"])?;
        acabou(&mut medir, 0)?;
        let ajuda = medir.tudo();
        for opcao in opcoes {
            exigir(
                ajuda.contains(opcao),
                format!("{comando} não explica {opcao}"),
            )?;
        }
        for ingles in ["Usage", "Options", "Print", "default", "possible"] {
            exigir(!ajuda.contains(ingles), format!("{comando}: {ingles}"))?;
        }
        let larga = ajuda.lines().find(|linha| linha.chars().count() > 80);
        exigir(larga.is_none(), format!("{comando}: {larga:?}"))?;
    }
    Ok(())
}

fn porta_do_ambiente() -> Result<(), Falha> {
    let porta = provas::porta_livre();
    let com_porta = |argumentos: &[&str], porta: &str| -> Result<provas::Filho, Falha> {
        let mut comando = comando(argumentos)?;
        comando.env("SOCKETS_PORTA", porta);
        provas::Filho::rodar("medir", comando)
    };
    let certa = porta.to_string();
    let mut servidor = com_porta(&["servidor", "--ip", "127.0.0.1"], &certa)?;
    let endereco = servidor.esperar_endereco()?;
    exigir(endereco.port() == porta, format!("atende em {endereco}"))?;
    for (argumentos, porta, frase) in [
        (&["servidor"][..], "x", "SOCKETS_PORTA"),
        (
            &["cliente", "--ip", "127.0.0.1"],
            "0",
            "da porta certa do servidor",
        ),
        (&["cliente", "--ip", "127.0.0.1"], "70000", "SOCKETS_PORTA"),
    ] {
        let mut medir = com_porta(argumentos, porta)?;
        acabou(&mut medir, 2)?;
        medir.esperar_linha_com(frase)?;
    }
    Ok(())
}

#[cfg(unix)]
mod sinais {
    use provas::Filho;

    use super::{Falha, Servidor, acabou, argumentos, exigir, pasta, rodar};
    use crate::apoio::{Cliente, celulas, tabela};

    pub fn parado() -> Result<(), Falha> {
        // Em uma porta qualquer, que ele diz.
        let mut servidor = rodar(&["servidor", "--ip", "127.0.0.1", "--porta", "0"])?;
        let endereco = servidor.esperar_endereco()?;
        exigir(endereco.port() != 0, format!("atende em {endereco}"))?;
        servidor.interromper();
        acabou(&mut servidor, 0)?;
        servidor.esperar_linha_com("servidor encerrado")?;
        Ok(())
    }

    /// Um cliente que já mediu alguma coisa, e ainda mede.
    fn no_meio(servidor: &mut Servidor, pasta: &std::path::Path) -> Result<Filho, Falha> {
        let opcoes = ["--so", "ida-e-volta,perda", "--rodadas", "5"];
        let cliente = rodar(&argumentos(servidor.endereco, pasta, &opcoes))?;
        servidor.filho.esperar_linha_com("udp, ")?;
        Ok(cliente)
    }

    /// O que se mediu ficou guardado.
    fn guardou(pasta: &std::path::Path) -> Result<(), Falha> {
        let protocolos = celulas(&tabela(pasta)?, &[("medida", "p50")], "protocolo");
        exigir(protocolos.len() >= 2, format!("guardou {protocolos:?}"))
    }

    pub fn servidor_no_meio() -> Result<(), Falha> {
        let mut servidor = Servidor::abrir()?;
        let pasta = pasta()?;
        let saida = pasta.path().join("r");
        let mut cliente = no_meio(&mut servidor, &saida)?;
        servidor.filho.interromper();
        acabou(&mut servidor.filho, 0)?;
        acabou(&mut cliente, 1)?;
        exigir(
            cliente.tudo().contains("a medição parou no meio"),
            cliente.falha("não diz que parou").to_string(),
        )?;
        guardou(&saida)
    }

    pub fn cliente_no_meio() -> Result<(), Falha> {
        let mut servidor = Servidor::abrir()?;
        let pasta = pasta()?;
        let saida = pasta.path().join("r");
        let mut cliente = no_meio(&mut servidor, &saida)?;
        cliente.interromper();
        acabou(&mut cliente, 130)?;
        exigir(
            cliente.tudo().contains("Tabela em "),
            cliente.falha("não mostra o que mediu").to_string(),
        )?;
        let ambiente = std::fs::read_to_string(saida.join("ambiente.toml"));
        exigir(
            ambiente.is_ok_and(|texto| texto.contains("interrompida = true")),
            "o ambiente não diz que foi interrompida",
        )?;
        guardou(&saida)?;
        servidor.filho.esperar_linha_com("parou depois de ")?;
        servidor.continua_de_pe()
    }

    pub fn servidor_morto() -> Result<(), Falha> {
        let mut servidor = Servidor::abrir()?;
        let pasta = pasta()?;
        let saida = pasta.path().join("r");
        let mut cliente = no_meio(&mut servidor, &saida)?;
        servidor.filho.matar();
        acabou(&mut cliente, 1)?;
        exigir(
            cliente.tudo().contains("a medição parou no meio"),
            cliente.falha("não diz que parou").to_string(),
        )?;
        guardou(&saida)
    }

    pub fn cliente_morto() -> Result<(), Falha> {
        let mut servidor = Servidor::abrir()?;
        let pasta = pasta()?;
        let saida = pasta.path().join("r");
        let mut cliente = no_meio(&mut servidor, &saida)?;
        cliente.matar();
        servidor
            .filho
            .esperar_linha_com("o outro lado fechou a conexão")?;
        // E atende o próximo na hora.
        Cliente::insistir(servidor.endereco).map(drop)?;
        servidor.continua_de_pe()
    }
}
