//! Parar no meio e continuar: nada se perde e nada se repete, seja a parada pedida
//! (Ctrl-C) ou não (SIGKILL).

use libtest_mimic::Trial;

/// Só onde há sinais e espaços de rede.
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
    use std::collections::BTreeSet;
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::path::Path;
    use std::thread;
    use std::time::{Duration, Instant};

    use libtest_mimic::Trial;
    use provas::chat::acabou;
    use provas::{Falha, Filho};

    use crate::apoio::{
        PRAZO, SESSENTA_PASSOS, coluna, em, exigir, passos_feitos, pasta, prova_que_mede, rodar,
        tabela,
    };

    pub fn provas() -> Vec<Trial> {
        vec![
            prova_que_mede("continuar::depois_de_ctrl_c", depois_de_ctrl_c),
            prova_que_mede("continuar::depois_de_sigkill", depois_de_sigkill),
            prova_que_mede("continuar::outra_medicao", outra_medicao),
            prova_que_mede("continuar::a_mesma_semente", a_mesma_semente),
            prova_que_mede("continuar::duas_vezes_ctrl_c", duas_vezes_ctrl_c),
        ]
    }

    /// Espera que o diário da pasta tenha `quantos` passos.
    fn esperar_passos(medir: &mut Filho, pasta: &Path, quantos: usize) -> Result<(), Falha> {
        let limite = Instant::now() + PRAZO;
        while passos_feitos(pasta) < quantos {
            let acabou = medir.codigo().is_some();
            exigir(medir, !acabou, "acabou antes da hora")?;
            exigir(medir, Instant::now() < limite, "parou de fazer passos")?;
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// As chaves dos passos que um pedido tem, feito de uma vez.
    fn de_uma_vez(onde: &Path) -> Result<Vec<String>, Falha> {
        acabou(&mut rodar(&em(onde, &SESSENTA_PASSOS))?, 0)?;
        let chaves = coluna(&tabela(onde, "passos")?, "chave");
        assert_eq!(chaves.len(), 60);
        Ok(chaves)
    }

    /// O que se guardou em partes é o que se guardaria de uma vez: os mesmos passos, na
    /// mesma ordem, e de cada um as mesmas linhas.
    fn conferir(onde: &Path, inteiro: &Path, chaves: &[String]) -> Result<(), Falha> {
        let passos = tabela(onde, "passos")?;
        assert_eq!(coluna(&passos, "chave"), chaves);
        assert!(coluna(&passos, "situacao").iter().all(|s| s == "feito"));
        let aqui = tabela(onde, "pergunta-resposta")?;
        let la = tabela(inteiro, "pergunta-resposta")?;
        for nome in ["rodada", "semente", "protocolo", "perda", "perguntas"] {
            assert_eq!(coluna(&aqui, nome), coluna(&la, nome), "{nome}");
        }
        let sementes: BTreeSet<String> = coluna(&aqui, "semente").into_iter().collect();
        assert_eq!(sementes.len(), 60, "cada passo tem a sua semente");
        // Da tabela das caudas, que tem muitas linhas por passo, as que o diário diz.
        let caudas = tabela(onde, "pergunta-resposta-ccdf")?.len();
        let ditas = coluna(&passos, "linhas");
        let ditas = ditas.iter().filter_map(|linhas| {
            let (_, resto) = linhas.split_once("pergunta-resposta-ccdf:")?;
            resto.split(' ').next()?.parse::<usize>().ok()
        });
        assert_eq!(caudas, ditas.sum::<usize>());
        Ok(())
    }

    fn depois_de_ctrl_c() -> Result<(), Falha> {
        let raiz = pasta()?;
        let (inteiro, partes) = (raiz.path().join("inteiro"), raiz.path().join("partes"));
        let chaves = de_uma_vez(&inteiro)?;
        let mut argumentos = em(&partes, &SESSENTA_PASSOS);
        for feitos in [5, 25] {
            let mut medir = rodar(&argumentos)?;
            esperar_passos(&mut medir, &partes, feitos)?;
            medir.interromper();
            acabou(&mut medir, 130)?;
            let tudo = medir.tudo();
            for trecho in [
                "pergunta-resposta: uma pergunta de cada vez",
                "Interrompido. Para continuar:",
                &format!(
                    "{} --resultados {} --continuar\n",
                    SESSENTA_PASSOS.join(" "),
                    partes.display()
                ),
            ] {
                exigir(
                    &medir,
                    tudo.contains(trecho),
                    &format!("não diz {trecho:?}"),
                )?;
            }
            let feitos = passos_feitos(&partes);
            exigir(&medir, feitos < 60, "acabou antes da interrupção")?;
            assert_eq!(
                coluna(&tabela(&partes, "passos")?, "chave"),
                chaves[..feitos]
            );
            argumentos = em(&partes, &SESSENTA_PASSOS);
            argumentos.push("--continuar".into());
        }
        let mut medir = rodar(&argumentos)?;
        acabou(&mut medir, 0)?;
        conferir(&partes, &inteiro, &chaves)?;
        let ambiente = fs::read_to_string(partes.join("ambiente.toml")).unwrap_or_default();
        assert_eq!(ambiente.matches("[[sessao]]").count(), 3, "{ambiente}");
        assert_eq!(
            ambiente.matches("interrompida = true").count(),
            2,
            "{ambiente}"
        );
        // Não há mais o que fazer, e nada se faz de novo.
        let mut medir = rodar(&argumentos)?;
        acabou(&mut medir, 0)?;
        exigir(
            &medir,
            medir.tudo().contains("60 passos no diário"),
            "fez de novo",
        )?;
        conferir(&partes, &inteiro, &chaves)
    }

    fn depois_de_sigkill() -> Result<(), Falha> {
        let raiz = pasta()?;
        let (inteiro, partes) = (raiz.path().join("inteiro"), raiz.path().join("partes"));
        let chaves = de_uma_vez(&inteiro)?;
        let mut argumentos = em(&partes, &SESSENTA_PASSOS);
        for feitos in [1, 8, 21, 40] {
            let mut medir = rodar(&argumentos)?;
            esperar_passos(&mut medir, &partes, feitos)?;
            medir.matar();
            // O que estava no diário continua nele, com as linhas nas tabelas.
            let escritos = coluna(&tabela(&partes, "passos")?, "chave");
            assert!(escritos.len() >= feitos, "{escritos:?}");
            assert_eq!(escritos, chaves[..escritos.len()]);
            assert!(tabela(&partes, "pergunta-resposta")?.len() >= escritos.len());
            // E uma linha que não se acabou de escrever não engana quem continua.
            for arquivo in ["passos.csv", "pergunta-resposta.csv"] {
                let caminho = partes.join(arquivo);
                let aberto = OpenOptions::new().append(true).open(caminho);
                let metade = aberto.and_then(|mut a| a.write_all(b"1,2,\"pela met"));
                metade.map_err(|erro| Falha::nova(erro.to_string()))?;
            }
            argumentos = em(&partes, &SESSENTA_PASSOS);
            argumentos.push("--continuar".into());
        }
        acabou(&mut rodar(&argumentos)?, 0)?;
        conferir(&partes, &inteiro, &chaves)
    }

    /// Só se continua o que se começou: o mesmo comando, com a mesma semente.
    fn outra_medicao() -> Result<(), Falha> {
        let raiz = pasta()?;
        let onde = raiz.path().join("r");
        let pedido = [
            "perda",
            "--perda",
            "5",
            "--quantos",
            "100",
            "--rodadas",
            "2",
        ];
        acabou(&mut rodar(&em(&onde, &pedido))?, 0)?;
        let antes = tabela(&onde, "perda")?;
        let com = |extras: &[&str]| em(&onde, &[&pedido[..], extras].concat());
        let outro = [
            "perda",
            "--perda",
            "6",
            "--quantos",
            "100",
            "--rodadas",
            "2",
        ];
        for (argumentos, trecho) in [
            (com(&[]), "já tem medições"),
            (com(&["--semente", "2", "--continuar"]), "--semente 2"),
            (
                em(&onde, &[&outro[..], &["--continuar"]].concat()),
                "--perda 6",
            ),
            (em(&onde, &["rto", "--continuar"]), "«perda --perda 5"),
        ] {
            let mut medir = rodar(&argumentos)?;
            acabou(&mut medir, 1)?;
            let tudo = medir.tudo();
            exigir(
                &medir,
                tudo.contains(trecho),
                &format!("não diz {trecho:?}"),
            )?;
            assert_eq!(tabela(&onde, "perda")?, antes, "mexeu no que não devia");
        }
        // Um ambiente de outra versão do programa.
        let arquivo = onde.join("ambiente.toml");
        let ambiente = fs::read_to_string(&arquivo).unwrap_or_default();
        let velho = ambiente.replace("programa = \"medir ", "programa = \"medir 0.0.");
        fs::write(&arquivo, velho).map_err(|erro| Falha::nova(erro.to_string()))?;
        let mut medir = rodar(&com(&["--continuar"]))?;
        acabou(&mut medir, 1)?;
        exigir(
            &medir,
            medir.tudo().contains("medir 0.0."),
            "não diz a versão",
        )
    }

    /// As perdas saem da semente: repetem-se com ela, e mudam com outra.
    fn a_mesma_semente() -> Result<(), Falha> {
        let raiz = pasta()?;
        let rodada = |nome: &str, semente: &str| -> Result<Vec<String>, Falha> {
            let onde = raiz.path().join(nome);
            let pedido = ["perda", "--perda", "5,20", "--quantos", "400"];
            let pedido = [&pedido[..], &["--rodadas", "2", "--semente", semente]].concat();
            acabou(&mut rodar(&em(&onde, &pedido))?, 0)?;
            Ok(coluna(&tabela(&onde, "perda")?, "derrubados"))
        };
        let sete = rodada("sete", "7")?;
        assert_eq!(sete, rodada("sete-de-novo", "7")?);
        assert_ne!(sete, rodada("oito", "8")?);
        Ok(())
    }

    /// O segundo pedido não espera nem pelo resumo, e não perde nada.
    fn duas_vezes_ctrl_c() -> Result<(), Falha> {
        let raiz = pasta()?;
        let onde = raiz.path().join("r");
        let mut medir = rodar(&em(&onde, &SESSENTA_PASSOS))?;
        esperar_passos(&mut medir, &onde, 2)?;
        medir.interromper();
        medir.interromper();
        acabou(&mut medir, 130)?;
        assert!(tabela(&onde, "passos")?.len() >= 2);
        Ok(())
    }
}
