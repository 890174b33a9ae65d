//! Onde não há espaços de rede: o programa diz por quê, mede os datagramas por um
//! procurador, e do TCP diz que não mediu.

use libtest_mimic::Trial;

/// Só no Linux se tiram os espaços de rede a um programa.
#[cfg(not(target_os = "linux"))]
pub fn provas() -> Vec<Trial> {
    Vec::new()
}

#[cfg(target_os = "linux")]
pub fn provas() -> Vec<Trial> {
    linux::provas()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use libtest_mimic::Trial;
    use provas::chat::acabou;
    use provas::{Falha, Filho, medir};

    use crate::apoio::{PRAZO, coluna, em, exigir, pasta, prova_que_mede, rodar, tabela};

    pub fn provas() -> Vec<Trial> {
        vec![
            prova_que_mede("sem_rede::datagramas", datagramas),
            prova_que_mede("sem_rede::tcp", tcp),
            prova_que_mede("sem_rede::continuar", continuar),
        ]
    }

    /// O programa, onde o administrador não deixa criar espaços de rede: um espaço de
    /// usuários em que o limite deles é zero (`namespaces(7)`).
    fn sem_espacos(argumentos: &[String]) -> Result<Filho, Falha> {
        let roteiro = "echo 0 > /proc/sys/user/max_net_namespaces && exec \"$@\"";
        let mut comando = Command::new("unshare");
        comando
            .args(["--user", "--map-root-user", "sh", "-c", roteiro, "sh"])
            .arg(medir::programa()?)
            .args(argumentos);
        Ok(Filho::rodar("medir sem espaços de rede", comando)?.com_prazo(PRAZO))
    }

    /// A explicação vem, com o que se pode fazer, e nada é medido no lugar do TCP.
    fn conferir(medir: &Filho) -> Result<(), Falha> {
        let tudo = medir.tudo();
        for trecho in [
            "max_net_namespaces",
            "O que dá para fazer:",
            "por um procurador UDP",
            "o TCP não se mede",
        ] {
            exigir(medir, tudo.contains(trecho), &format!("não diz {trecho:?}"))?;
        }
        Ok(())
    }

    /// As mesmas perdas, da mesma semente, que entre os computadores de mentira.
    fn datagramas() -> Result<(), Falha> {
        let raiz = pasta()?;
        let (sem, com) = (raiz.path().join("sem"), raiz.path().join("com"));
        let pedido = [
            "perda",
            "--perda",
            "5,20",
            "--quantos",
            "400",
            "--rodadas",
            "1",
        ];
        let mut medir = sem_espacos(&em(&sem, &pedido))?;
        acabou(&mut medir, 0)?;
        conferir(&medir)?;
        let fim = "Sem espaços de rede: medido por um procurador UDP.";
        exigir(&medir, medir.tudo().contains(fim), "não diz como mediu")?;
        acabou(&mut rodar(&em(&com, &pedido))?, 0)?;
        let (aqui, la) = (tabela(&sem, "perda")?, tabela(&com, "perda")?);
        for nome in ["enviados", "derrubados", "unicos", "conta_fecha"] {
            assert_eq!(coluna(&aqui, nome), coluna(&la, nome), "{nome}");
        }
        let rede = |pasta: &Path| {
            let ambiente = fs::read_to_string(pasta.join("ambiente.toml")).unwrap_or_default();
            let linha = ambiente.lines().find(|linha| linha.starts_with("rede = "));
            linha.unwrap_or_default().to_string()
        };
        assert!(rede(&sem).contains("procurador UDP"), "{}", rede(&sem));
        assert!(rede(&com).contains("emulador"), "{}", rede(&com));
        Ok(())
    }

    /// O TCP fica por medir, com o motivo; o resto se mede.
    fn tcp() -> Result<(), Falha> {
        let raiz = pasta()?;
        let onde = raiz.path().join("misto");
        let pedido = [
            "pergunta-resposta",
            "--perda",
            "0",
            "--quantos",
            "20",
            "--rodadas",
            "1",
        ];
        let mut medir = sem_espacos(&em(&onde, &pedido))?;
        acabou(&mut medir, 0)?;
        conferir(&medir)?;
        let passos = tabela(&onde, "passos")?;
        for passo in &passos {
            let de_tcp = passo["chave"].contains(" tcp ");
            let esperada = if de_tcp { "não medido" } else { "feito" };
            assert_eq!(passo["situacao"], esperada, "{passo:?}");
            assert_eq!(passo["motivo"].is_empty(), !de_tcp, "{passo:?}");
        }
        let protocolos = coluna(&tabela(&onde, "pergunta-resposta")?, "protocolo");
        assert_eq!(protocolos, ["udp", "pare-e-espere"]);
        // Se nada pode ser medido, não se finge que deu certo.
        let onde = raiz.path().join("nada");
        let mut medir = sem_espacos(&em(&onde, &["vazao", "--rodadas", "1"]))?;
        acabou(&mut medir, 1)?;
        let disse = medir.tudo().contains("nenhum passo pôde ser medido");
        exigir(&medir, disse, "não diz que nada foi medido")
    }

    /// O que se mediu por um procurador não se continua entre computadores de mentira.
    fn continuar() -> Result<(), Falha> {
        let raiz = pasta()?;
        let onde = raiz.path().join("r");
        let pedido = [
            "perda",
            "--perda",
            "5",
            "--quantos",
            "100",
            "--rodadas",
            "1",
        ];
        acabou(&mut sem_espacos(&em(&onde, &pedido))?, 0)?;
        let continuar = em(&onde, &[&pedido[..], &["--continuar"]].concat());
        let mut medir = rodar(&continuar)?;
        acabou(&mut medir, 1)?;
        let disse = medir.tudo().contains("a rede dela é «um procurador UDP");
        exigir(&medir, disse, "não diz que a rede é outra")
    }
}
