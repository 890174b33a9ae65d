//! As medições de bytes em massa, diante das fórmulas e das contas: a vazão do TCP Reno e
//! a de Mathis, as transferências inteiras, e a quem se deve cada repetição.
//!
//! Cada prova roda o `medir`, como o leitor, e lê as tabelas que ele escreve. Onde não há
//! espaços de rede elas são ignoradas, com o motivo; com `EXIGIR_TUDO=1`, falham. Nenhuma
//! afirma uma duração: só as razões entre o que se mediu e o que uma fórmula espera.

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use provas::Falha;
use provas::medir::{Linha, Medicao, Tabelas, possivel};

/// As perdas em que a fórmula de Mathis se confere, em %.
const PERDAS_DE_MATHIS: [&str; 4] = ["0.3", "1", "3", "5"];

fn main() {
    let provas = vec![
        // A que mais espera vai na frente.
        prova("o_reno_segue_mathis", reno_segue_mathis),
        prova("a_transferencia_entrega_os_mesmos_bytes", transferencia),
        prova("o_gargalo_derruba_o_que_nao_cabe", gargalo),
        prova("sem_perda_so_o_buffer_de_quem_recebe_perde", rajada),
        prova("o_teto_conta_o_que_foi_lido", teto),
    ];
    libtest_mimic::run(&Arguments::from_args(), provas).exit();
}

fn prova(nome: &str, roda: impl FnOnce() -> Result<(), Falha> + Send + 'static) -> Trial {
    Trial::ignorable_test(nome, move || {
        if let Err(ausente) = possivel() {
            return ausente.concluir();
        }
        roda().map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}

/// As linhas da tabela `nome`, que é também a do experimento, medido com estas opções.
fn medir(nome: &str, opcoes: &[&str]) -> Result<Vec<Linha>, Falha> {
    let argumentos = [&[nome], opcoes].concat();
    sem_ressalva(&Medicao::comecar(&argumentos)?.tabelas()?, nome)
}

/// As linhas da tabela `nome`: alguma há, e nenhuma tem ressalva.
fn sem_ressalva(tabelas: &Tabelas, nome: &str) -> Result<Vec<Linha>, Falha> {
    let linhas = tabelas.ler(nome)?;
    for linha in &linhas {
        conferir(
            linha,
            linha.texto("ressalva")?.is_empty(),
            "há uma ressalva",
        )?;
    }
    conferir_que(!linhas.is_empty(), || format!("{nome} não tem linhas"))?;
    Ok(linhas)
}

/// A contagem que está em `coluna`.
fn contagem(linha: &Linha, coluna: &str) -> Result<u64, Falha> {
    let texto = linha.texto(coluna)?;
    let numero = texto.parse();
    numero.map_err(|_| Falha::nova(format!("{coluna} é {texto:?}, e não uma contagem")))
}

fn conferir(linha: &Linha, certo: bool, problema: &str) -> Result<(), Falha> {
    conferir_que(certo, || format!("{problema}: {linha:?}"))
}

fn conferir_que(certo: bool, problema: impl FnOnce() -> String) -> Result<(), Falha> {
    if certo {
        Ok(())
    } else {
        Err(Falha::nova(problema()))
    }
}

/// Rodadas curtas: cada uma tem poucas perdas, e a sorte dela pesa. A mediana, menos. Numa
/// máquina que faz outra coisa o caminho se atrasa, e Mathis conta com o atraso pedido:
/// mede-se de novo, se foi esse o caso.
fn reno_segue_mathis() -> Result<(), Falha> {
    let mut faltam = PERDAS_DE_MATHIS.to_vec();
    let mut vistas = Vec::new();
    for _ in 0..3 {
        // Levam poucos megabits por segundo: correm juntas sem se atrapalhar.
        let medicoes = faltam
            .drain(..)
            .map(|perda| Ok((perda, medir_o_reno(perda)?)));
        let medicoes = medicoes.collect::<Result<Vec<_>, Falha>>()?;
        for (perda, medicao) in medicoes {
            let (mediana, ocupada) = mediana_sobre_mathis(&medicao.tabelas()?)?;
            if !(0.75..=1.3).contains(&mediana) {
                vistas.push(format!("{mediana:.2} com {perda} % de perda"));
                conferir_que(ocupada, || fora_de_mathis(&vistas))?;
                faltam.push(perda);
            }
        }
        if faltam.is_empty() {
            return Ok(());
        }
    }
    Err(Falha::nova(fora_de_mathis(&vistas)))
}

fn fora_de_mathis(vistas: &[String]) -> String {
    format!(
        "as razões entre o Reno e Mathis foram {}",
        vistas.join(", ")
    )
}

fn medir_o_reno(perda: &str) -> Result<Medicao, Falha> {
    let controle = ["--congestionamento", "reno"];
    let quanto = ["--segundos", "3", "--rodadas", "5"];
    let argumentos = [&["vazao", "--perda", perda], &controle[..], &quanto].concat();
    Medicao::comecar(&argumentos)
}

/// A mediana da razão entre a vazão e a de Mathis, e se outros programas usaram a máquina.
fn mediana_sobre_mathis(tabelas: &Tabelas) -> Result<(f64, bool), Falha> {
    let mut razoes = Vec::new();
    for linha in sem_ressalva(tabelas, "vazao")? {
        let razao = linha.numero("vazao_mbits")? / linha.numero("mathis_mbits")?;
        let mesma = (razao - linha.numero("razao")?).abs() < 0.01;
        conferir(&linha, mesma, "a razão não é a das duas colunas")?;
        conferir(
            &linha,
            contagem(&linha, "derrubados_na_ida")? > 0,
            "nada se perdeu",
        )?;
        conferir(
            &linha,
            contagem(&linha, "retransmitidos")? > 0,
            "nada se repetiu",
        )?;
        razoes.push(razao);
    }
    let passos = tabelas.ler("passos")?;
    let ocupada = |passo: &Linha| {
        passo
            .numero("outros_programas")
            .is_ok_and(|parte| parte > 0.2)
    };
    razoes.sort_by(f64::total_cmp);
    Ok((razoes[razoes.len() / 2], passos.iter().any(ocupada)))
}

fn transferencia() -> Result<(), Falha> {
    let bytes = 100_000_u64;
    let linhas = medir(
        "transferencia",
        &[
            "--bytes",
            &bytes.to_string(),
            "--janela",
            "1,16,128",
            "--congestionamento",
            "reno,cubic",
            "--perda",
            "0,5",
            "--rodadas",
            "1",
        ],
    )?;
    conferir_que(linhas.len() == 2 * (3 + 2), || {
        format!("são {} linhas", linhas.len())
    })?;
    for linha in &linhas {
        conferir(linha, contagem(linha, "bytes")? == bytes, "faltam bytes")?;
        let entregue = linha.texto("soma_entregue")?;
        conferir(linha, entregue.len() == 16, "não há soma")?;
        conferir(
            linha,
            entregue == linha.texto("soma_mandada")?,
            "as somas não batem",
        )?;
        if linha.numero("perda")? > 0.0 {
            conferir(
                linha,
                contagem(linha, "derrubados_na_ida")? > 0,
                "nada se perdeu",
            )?;
        }
        if linha.texto("protocolo")? == "udp-janela" {
            conferir_o_arq(linha)?;
        }
    }
    // Uma pausa da máquina só faz demorar mais: vale a menor de algumas vezes.
    let mut razoes = vec![razao_da_janela_1(&linhas)?];
    let uma_ida_e_volta = |razoes: &[f64]| razoes.iter().any(|razao| *razao <= 1.15);
    while !uma_ida_e_volta(&razoes) && razoes.len() < 5 {
        let so_ela = ["--janela", "1", "--congestionamento", "reno"];
        let quanto = ["--bytes", "100000", "--perda", "0", "--rodadas", "1"];
        let linhas = medir("transferencia", &[&so_ela[..], &quanto].concat())?;
        razoes.push(razao_da_janela_1(&linhas)?);
    }
    conferir_que(uma_ida_e_volta(&razoes), || {
        format!("a janela 1 levou {razoes:?} idas e voltas por segmento")
    })
}

/// Quantas idas e voltas a janela 1 leva por segmento, sem perda. Menos que uma não há.
fn razao_da_janela_1(linhas: &[Linha]) -> Result<f64, Falha> {
    let sem_perda = |linha: &&Linha| {
        linha.texto("janela") == Ok("1") && linha.numero("perda").is_ok_and(|perda| perda <= 0.0)
    };
    let linha = linhas.iter().find(sem_perda);
    let linha = linha.ok_or_else(|| Falha::nova("não há janela 1"))?;
    let razao = linha.numero("tempo_s")? / linha.numero("formula_s")?;
    // O último recibo não precisa voltar: a fórmula conta meia ida e volta a mais.
    let pouco = "a janela 1 leva menos que uma ida e volta por segmento";
    conferir(linha, razao >= 0.98, pouco)?;
    Ok(razao)
}

/// Todo segmento repetido ou se perdeu em algum lugar que se sabe, ou chegou à toa.
fn conferir_o_arq(linha: &Linha) -> Result<(), Falha> {
    let mut perdidos = 0;
    for onde in ["derrubados_na_ida", "sem_lugar", "sem_buffer"] {
        perdidos += contagem(linha, onde)?;
    }
    let retransmitidos = contagem(linha, "retransmitidos")?;
    conferir(
        linha,
        linha.texto("conta_fecha")? == "sim",
        "a conta não fecha",
    )?;
    conferir(
        linha,
        retransmitidos >= perdidos,
        "o que se perdeu não se repetiu",
    )?;
    conferir(
        linha,
        retransmitidos == perdidos + contagem(linha, "a_toa")?,
        "repetiu-se o que não se perdeu nem chegou à toa",
    )
}

/// Pelo gargalo cabem, no caminho e na fila, uns 54 segmentos: a janela de 32 passa sem
/// perda, e a de 128 não.
fn gargalo() -> Result<(), Falha> {
    let linhas = medir(
        "gargalo",
        &[
            "--janela",
            "32,128",
            "--congestionamento",
            "reno",
            "--rodadas",
            "1",
        ],
    )?;
    for linha in &linhas {
        conferir(
            linha,
            contagem(linha, "derrubados_na_ida")? == 0,
            "houve sorteio",
        )?;
        let coube = contagem(linha, "sem_lugar")? == 0;
        if linha.texto("protocolo")? == "udp-janela" {
            conferir_o_arq(linha)?;
            let cabe = contagem(linha, "janela")? < 54;
            conferir(linha, coube == cabe, "a fila não fez o que devia")?;
        }
    }
    Ok(())
}

fn rajada() -> Result<(), Falha> {
    let linhas = medir("rajada", &["--rodadas", "2"])?;
    for linha in &linhas {
        conferir_o_arq(linha)?;
        conferir(
            linha,
            contagem(linha, "derrubados_na_ida")? == 0,
            "houve sorteio",
        )?;
        conferir(linha, contagem(linha, "sem_lugar")? == 0, "houve fila")?;
        // O Linux dobra o que se pede: 1 MiB vira 2.
        if contagem(linha, "buffer_bytes")? >= 2 << 20 {
            conferir(
                linha,
                contagem(linha, "sem_buffer")? == 0,
                "não coube em 1 MiB",
            )?;
        }
    }
    Ok(())
}

fn teto() -> Result<(), Falha> {
    let linhas = medir("teto", &["--segundos", "1", "--rodadas", "1"])?;
    for linha in &linhas {
        let bits = 8.0 * linha.numero("bytes")?;
        let vazao = linha.numero("vazao_mbits")?;
        conferir(linha, vazao > 0.0, "nada foi lido")?;
        let razao = bits / linha.numero("segundos")? / 1e6 / vazao;
        conferir(
            linha,
            (razao - 1.0).abs() < 0.01,
            "a vazão não é a dos bytes",
        )?;
    }
    let mut lugares = linhas.iter().map(|linha| linha.texto("lugar"));
    conferir_que(lugares.any(|lugar| lugar == Ok("caminho")), || {
        "o caminho não foi medido".into()
    })
}
