//! O disco que não colabora.

use std::fs;

use libtest_mimic::{Completion, Failed, Trial};
use provas::chat::acabou;
use provas::ferramentas::exigir as exigir_comandos;
use provas::{Falha, Filho, medir, rede};
use std::process::Command;

use crate::apoio::{
    PRAZO, SESSENTA_PASSOS, coluna, em, exigir, pasta, prova_que_mede, rodar, tabela,
};

pub fn provas() -> Vec<Trial> {
    vec![
        prova_que_mede("disco::pasta_alheia", pasta_alheia),
        Trial::ignorable_test("disco::cheio", || {
            let pode = exigir_comandos(&["mount", "sh", "unshare"]);
            if let Err(ausente) = pode.and_then(|()| rede::ha_espacos()) {
                return ausente.concluir();
            }
            cheio().map_err(Failed::from)?;
            Ok(Completion::Completed)
        }),
    ]
}

fn pasta_alheia() -> Result<(), Falha> {
    let erro = |erro: std::io::Error| Falha::nova(erro.to_string());
    let raiz = pasta()?;
    let arquivo = raiz.path().join("arquivo");
    fs::write(&arquivo, "meu\n").map_err(erro)?;
    let vazia = raiz.path().join("vazia");
    fs::create_dir(&vazia).map_err(erro)?;
    let perda = ["perda", "--perda", "5", "--quantos", "50", "--rodadas", "1"];
    let continuar = [&perda[..], &["--continuar"]].concat();
    for (onde, argumentos, trecho) in [
        (
            raiz.path().to_path_buf(),
            &perda[..],
            "não está vazia nem tem medições",
        ),
        (arquivo.clone(), &perda, "Há um arquivo nesse lugar"),
        (arquivo.join("dentro"), &perda, "Há um arquivo nesse lugar"),
        (
            raiz.path().join("nova"),
            &continuar,
            "não há medições a continuar",
        ),
        (vazia.clone(), &continuar, "não há medições a continuar"),
        (
            "/proc/aqui".into(),
            &perda,
            "não foi possível criar a pasta /proc/aqui",
        ),
    ] {
        let mut medir = rodar(&em(&onde, argumentos))?;
        acabou(&mut medir, 1)?;
        let tudo = medir.tudo();
        exigir(
            &medir,
            tudo.contains(trecho),
            &format!("não diz {trecho:?}"),
        )?;
        exigir(
            &medir,
            !tudo.contains("dica: "),
            "deu uma dica que é da rede",
        )?;
    }
    assert_eq!(fs::read_to_string(&arquivo).map_err(erro)?, "meu\n");
    // Uma pasta vazia serve.
    acabou(&mut rodar(&em(&vazia, &perda))?, 0)?;
    // Um arquivo que não é mais o que se escreveu.
    fs::write(vazia.join("passos.csv"), "outra,coisa\n1,2\n").map_err(erro)?;
    let mut medir = rodar(&em(&vazia, &continuar))?;
    acabou(&mut medir, 1)?;
    exigir(
        &medir,
        medir.tudo().contains("passos.csv não tem as colunas"),
        "não recusou",
    )
}

/// O disco se enche no meio: o programa diz isso e para, e depois continua.
fn cheio() -> Result<(), Falha> {
    let raiz = pasta()?;
    let onde = raiz.path().join("disco");
    fs::create_dir(&onde).map_err(|erro| Falha::nova(erro.to_string()))?;
    // Um disco de mentira, só deste `sh`: seis páginas, e o que se mede não cabe.
    let roteiro = r#"
        mount -t tmpfs -o size=24k nada "$ONDE" || exit 99
        "$MEDIR" "$@"; echo "codigo $?"
        mount -o remount,size=8m "$ONDE" || exit 99
        "$MEDIR" "$@" --continuar; echo "codigo $?"
        cp -r "$ONDE/r" "$COPIA"
    "#;
    let copia = raiz.path().join("copia");
    let mut comando = Command::new("unshare");
    comando
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            roteiro,
            "sh",
        ])
        .args(em(&onde.join("r"), &SESSENTA_PASSOS))
        .env("ONDE", &onde)
        .env("COPIA", &copia)
        .env("MEDIR", medir::programa()?);
    let mut sh = Filho::rodar("o disco cheio", comando)?.com_prazo(PRAZO);
    acabou(&mut sh, 0)?;
    let tudo = sh.tudo();
    let codigos: Vec<&str> = tudo.lines().filter(|l| l.starts_with("codigo ")).collect();
    exigir(
        &sh,
        codigos == ["codigo 1", "codigo 0"],
        "não parou ou não continuou",
    )?;
    for trecho in ["Libere espaço no disco", "Para continuar: "] {
        exigir(&sh, tudo.contains(trecho), &format!("não diz {trecho:?}"))?;
    }
    let chaves = coluna(&tabela(&copia, "passos")?, "chave");
    assert_eq!(chaves.len(), 60);
    assert_eq!(tabela(&copia, "pergunta-resposta")?.len(), 60);
    Ok(())
}
