//! Cada experimento, bem pequeno: mede tudo que diz, guarda o que o livro espera e cabe
//! em uma tela.

use libtest_mimic::Trial;
use provas::Falha;
use provas::chat::acabou;

use crate::apoio::{coluna, em, exigir, pasta, prova_que_mede, rodar, tabela};

/// O menor pedido de cada um.
const PEDIDOS: &[&[&str]] = &[
    &[
        "perda",
        "--quantos",
        "100",
        "--perda",
        "5",
        "--duplicacao",
        "1",
        "--reordenacao",
        "1",
    ],
    &["ida-e-volta", "--tamanho", "64"],
    &["pergunta-resposta", "--perda", "0,1", "--quantos", "20"],
    &["rto", "--prazos", "100,50", "--quantos", "20"],
    &[
        "fila",
        "--perda",
        "0,5",
        "--quantos",
        "100",
        "--ritmo",
        "200",
        "--rtt",
        "10",
    ],
    &["nagle", "--quantos", "5"],
    &[
        "estouro",
        "--quantos",
        "500",
        "--ritmo",
        "0,5000",
        "--buffer",
        "65536",
    ],
    &[
        "transferencia",
        "--bytes",
        "20000",
        "--janela",
        "4,16",
        "--perda",
        "0,5",
    ],
    &[
        "gargalo",
        "--bytes",
        "50000",
        "--janela",
        "8",
        "--congestionamento",
        "reno",
    ],
    &[
        "rajada", "--bytes", "50000", "--janela", "16", "--buffer", "1000000",
    ],
    &[
        "vazao",
        "--perda",
        "1",
        "--segundos",
        "1",
        "--congestionamento",
        "reno",
    ],
    &["teto", "--segundos", "1"],
    &["enganos"],
];

pub fn provas() -> Vec<Trial> {
    let prova = |pedido: &'static [&'static str]| {
        let nome = format!("experimentos::{}", pedido[0].replace('-', "_"));
        prova_que_mede(nome, move || inteiro(pedido))
    };
    PEDIDOS.iter().copied().map(prova).collect()
}

fn inteiro(pedido: &[&str]) -> Result<(), Falha> {
    let raiz = pasta()?;
    let onde = raiz.path().join("r");
    let nome = pedido[0];
    let pedido = [pedido, &["--rodadas", "1"]].concat();
    let mut medir = rodar(&em(&onde, &pedido))?;
    acabou(&mut medir, 0)?;
    let passos = tabela(&onde, "passos")?;
    let feitos = coluna(&passos, "situacao").iter().all(|s| s == "feito");
    exigir(&medir, feitos, "há passos que não foram medidos")?;
    let linhas = tabela(&onde, nome)?;
    exigir(&medir, !linhas.is_empty(), "não guardou nenhuma linha")?;
    for obrigatoria in ["rodada", "semente", "ressalva"] {
        let tem = linhas[0].contains_key(obrigatoria);
        exigir(&medir, tem, &format!("a tabela não tem {obrigatoria}"))?;
    }
    let sem_otimizacao = coluna(&linhas, "ressalva")
        .iter()
        .any(|r| r.contains("otimização"));
    exigir(&medir, !sem_otimizacao, "foi compilado sem otimização")?;
    let tudo = medir.tudo();
    // O caminho da pasta é da máquina, e não do programa.
    let linhas = tudo
        .lines()
        .filter(|linha| !linha.starts_with("Tabelas em "));
    let larga = linhas.clone().any(|linha| linha.chars().count() > 80);
    exigir(&medir, !larga, "passa de 80 colunas")?;
    let acabou = |linha: &&str| linha.contains(" passo em ") || linha.contains(" passos em ");
    let resumo = linhas.skip_while(|linha| !acabou(linha)).skip(1);
    let de_que = |linha: &&str| {
        let do_quadro = linha.starts_with(&format!("{nome}: ")) && linha.contains('(');
        // Os enganos se contam em frases: cada um tem a sua unidade.
        do_quadro || (nome == "enganos" && linha.starts_with("  errado: "))
    };
    let resumido = resumo.clone().any(|linha| de_que(&linha));
    exigir(&medir, resumido && resumo.count() >= 3, "não há resumo")
}
