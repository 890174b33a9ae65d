//! O que o texto diz de uma medida vem dela: um livro pequeno com tabelas de exemplo,
//! em que se injeta cada defeito que a editora promete achar.

mod comum;
mod livro_pequeno;

use comum::erros;
use livro_pequeno::{Defeito, LivroPequeno, acusar_cada_um};

const PAGINA: &str = "book/src/experimentos/tempo.md";
const NUMEROS: &str = "book/dados/numeros/tempo.toml";
const COMUNS: &str = "book/dados/numeros/comum.toml";
const GRAFICO: &str = "book/dados/graficos/tempo.toml";
const DEGRAUS: &str = "book/dados/graficos/cauda.toml";
const BARRAS: &str = "book/dados/graficos/estouro.toml";
const TABELA: &str = "book/dados/medidas/pergunta.csv";
const AMBIENTE: &str = "book/dados/medidas/ambiente.toml";

/// Um livro com números, gráficos de cada família e o ambiente.
fn livro_com_dados() -> LivroPequeno {
    let livro = LivroPequeno::novo();
    livro.acrescentar("book/src/SUMMARY.md", "- [Tempo](experimentos/tempo.md)\n");
    for (arquivo, texto) in [
        (PAGINA, include_str!("dados/tempo.md")),
        (NUMEROS, include_str!("dados/numeros/tempo.toml")),
        (COMUNS, include_str!("dados/numeros/comum.toml")),
        (GRAFICO, include_str!("dados/graficos/tempo.toml")),
        (DEGRAUS, include_str!("dados/graficos/cauda.toml")),
        (BARRAS, include_str!("dados/graficos/estouro.toml")),
        (TABELA, include_str!("dados/medidas/pergunta.csv")),
        (
            "book/dados/medidas/cauda.csv",
            include_str!("dados/medidas/cauda.csv"),
        ),
        (
            "book/dados/medidas/estouro.csv",
            include_str!("dados/medidas/estouro.csv"),
        ),
        ("book/dados/medidas/passos.csv", "passo,estado\n"),
        (AMBIENTE, include_str!("dados/medidas/ambiente.toml")),
    ] {
        livro.escrever(arquivo, texto);
    }
    livro
}

#[test]
fn os_numeros_e_os_graficos_saem_dos_dados() {
    let livro = livro_com_dados();
    let saida = livro.construir();
    assert!(saida.status.success(), "{}", erros(&saida));
    let pagina = livro.ler("target/livro/experimentos/tempo.html");
    for parte in [
        // Os números, onde estão no texto.
        "o TCP levou 11,5\u{a0}s, de 10,5 a 12,5\u{a0}s: 3,8 vezes",
        "<td>11,5</td>",
        "a constante 1,22",
        "no Linux 6.18",
        // Um gráfico, para quem o vê e para quem não o vê.
        "<figure class=\"figura grafico\" id=\"grafico-tempo\">",
        "role=\"img\" aria-labelledby=\"grafico-tempo-titulo\" aria-describedby=\"grafico-tempo-descricao\"",
        "A 5 %, o TCP levou 11,5\u{a0}s.",
        "Mediana de 3 rodadas",
        "var(--serie-1)",
        "TCP\u{a0}(Reno)</text>",
        "<summary>Os dados deste gráfico<span",
        "11,5 <small>10,5 a 12,5</small>",
        "href=\"../dados/pergunta.csv\"",
        // A máquina.
        "Uma CPU de exemplo, 2 CPUs",
    ] {
        assert!(pagina.contains(parte), "falta {parte} em\n{pagina}");
    }
    assert!(
        !pagina.contains("{{#") && !pagina.contains("rgb("),
        "{pagina}"
    );
    // A página de impressão fica em outra pasta.
    let juntas = livro.ler("target/livro/print.html");
    assert!(juntas.contains("href=\"dados/pergunta.csv\""), "{juntas}");
    assert_eq!(
        livro.ler("target/livro/dados/pergunta.csv"),
        livro.ler(TABELA)
    );
    assert_eq!(
        livro.ler("target/livro/dados/ambiente.toml"),
        livro.ler(AMBIENTE)
    );
}

#[test]
fn mudar_um_dado_muda_o_texto_e_o_desenho() {
    let livro = livro_com_dados();
    assert!(livro.construir().status.success());
    let antes = livro.ler("target/livro/experimentos/tempo.html");
    livro.trocar(TABELA, "1,5,tcp,5,11.5,", "1,5,tcp,5,9.5,");
    let saida = livro.construir();
    assert!(saida.status.success(), "{}", erros(&saida));
    let depois = livro.ler("target/livro/experimentos/tempo.html");
    assert!(
        depois.contains("o TCP levou 10,5\u{a0}s, de 9,5 a 12,5\u{a0}s"),
        "{depois}"
    );
    let desenho = |pagina: &str| {
        let comeco = pagina.find("id=\"grafico-tempo\"").unwrap();
        let fim = pagina[comeco..].find("</svg>").unwrap();
        pagina[comeco..comeco + fim].to_string()
    };
    assert_ne!(desenho(&antes), desenho(&depois));
}

const DEFEITOS: &[Defeito] = &[
    Defeito {
        nome: "dado que não sustenta mais o texto",
        injetar: |l| l.trocar(TABELA, ",tcp,5,1", ",tcp,5,3"),
        arquivo: NUMEROS,
        linha: 6,
        palavras: "o texto afirma que fica entre 8\u{a0}s e 16\u{a0}s, e os dados dizem \
                   31,5\u{a0}s: mediana(tempo_s) de book/dados/medidas/pergunta.csv com perda = 5 \
                   e protocolo = tcp (book/src/experimentos/tempo.md:3, \
                   book/src/experimentos/tempo.md:7)",
    },
    Defeito {
        nome: "conta que os dados não sustentam mais",
        injetar: |l| l.trocar(TABELA, ",udp,5,", ",udp,5,1"),
        arquivo: NUMEROS,
        linha: 12,
        palavras: "o número «razao»: o texto afirma que fica entre 3 e 6, e os dados dizem 0,885",
    },
    Defeito {
        nome: "tabela que falta",
        injetar: |l| std::fs::remove_file(l.caminho(TABELA)).unwrap(),
        arquivo: NUMEROS,
        linha: 6,
        palavras: "não existe book/dados/medidas/pergunta.csv",
    },
    Defeito {
        nome: "tabela que falta a um gráfico",
        injetar: |l| l.trocar(DEGRAUS, "tabela = \"cauda\"", "tabela = \"calda\""),
        arquivo: DEGRAUS,
        linha: 9,
        palavras: "a série «TCP»: não existe book/dados/medidas/calda.csv",
    },
    Defeito {
        nome: "coluna que mudou de nome",
        injetar: |l| l.trocar(TABELA, "tempo_s", "segundos"),
        arquivo: NUMEROS,
        linha: 6,
        palavras: "não tem a coluna «tempo_s»; tem rodada, semente, protocolo, perda, segundos, ressalva",
    },
    Defeito {
        nome: "condição que não se mediu",
        injetar: |l| l.trocar(TABELA, ",tcp,5,", ",tcp,7,"),
        arquivo: NUMEROS,
        linha: 6,
        palavras: "não tem nenhuma linha com perda = 5 e protocolo = tcp: há cada valor, mas não juntos",
    },
    Defeito {
        nome: "linhas que têm todas ressalva",
        injetar: |l| {
            for valor in ["11.5,", "12.5,", "10.5,"] {
                l.trocar(TABELA, valor, &format!("{valor}o emulador falhou"));
            }
        },
        arquivo: NUMEROS,
        linha: 6,
        palavras: "as 4 que são assim têm ressalva («o emulador falhou»)",
    },
    Defeito {
        nome: "campo que não é um número",
        injetar: |l| l.trocar(TABELA, "12.5", "12,5s"),
        arquivo: TABELA,
        linha: 3,
        palavras: "a linha tem 7 campos, e o cabeçalho, 6",
    },
    Defeito {
        nome: "medida que não é um número",
        injetar: |l| l.trocar(TABELA, "12.5", "muito"),
        arquivo: NUMEROS,
        linha: 6,
        palavras: "book/dados/medidas/pergunta.csv, linha 3: a coluna «tempo_s» tem «muito»",
    },
    Defeito {
        nome: "número medido sem afirmação",
        injetar: |l| l.trocar(NUMEROS, "perda = 5 }, entre = [8, 16] }", "perda = 5 } }"),
        arquivo: NUMEROS,
        linha: 6,
        palavras: "o número «tempo-tcp-5»: falta «entre = [menor, maior]»",
    },
    Defeito {
        nome: "número que não existe",
        injetar: |l| l.acrescentar(PAGINA, "\nForam {{#numero nada}}.\n"),
        arquivo: PAGINA,
        linha: 24,
        palavras: "não há o número «nada» em book/dados/numeros/tempo.toml nem em book/dados/numeros/comum.toml",
    },
    Defeito {
        nome: "número de outro arquivo que não existe",
        injetar: |l| l.acrescentar(PAGINA, "\nForam {{#numero perda.x}}.\n"),
        arquivo: PAGINA,
        linha: 24,
        palavras: "book/dados/numeros/perda.toml não define o número «x»",
    },
    Defeito {
        nome: "forma que não existe",
        injetar: |l| l.acrescentar(PAGINA, "\nForam {{#numero razao bonito}}.\n"),
        arquivo: PAGINA,
        linha: 24,
        palavras: "«bonito» não é uma forma de mostrar um número",
    },
    Defeito {
        nome: "faixa de um número que não tem",
        injetar: |l| l.acrescentar(PAGINA, "\nForam {{#numero razao faixa}}.\n"),
        arquivo: PAGINA,
        linha: 24,
        palavras: "o número «razao»: só tem faixa",
    },
    Defeito {
        nome: "número que ninguém usa",
        injetar: |l| l.acrescentar(NUMEROS, "\n[sobra]\nconta = \"1\"\n"),
        arquivo: NUMEROS,
        linha: 14,
        palavras: "nenhum capítulo usa o número «sobra»",
    },
    Defeito {
        nome: "número em um título",
        injetar: |l| l.acrescentar(PAGINA, "\n## São {{#numero razao}} {#sao}\n"),
        arquivo: PAGINA,
        linha: 24,
        palavras: "um título não leva número medido",
    },
    Defeito {
        nome: "número em um código",
        injetar: |l| l.acrescentar(PAGINA, "\nSão `{{#numero razao}}`.\n"),
        arquivo: PAGINA,
        linha: 24,
        palavras: "onde ninguém a vê",
    },
    Defeito {
        nome: "número digitado no texto",
        injetar: |l| l.acrescentar(PAGINA, "\nO TCP levou 11,5 s.\n"),
        arquivo: PAGINA,
        linha: 24,
        palavras: "«11,5» foi digitado",
    },
    Defeito {
        nome: "número digitado em uma tabela",
        injetar: |l| l.trocar(PAGINA, "{{#numero tempo-udp-5 puro}}", "3,0"),
        arquivo: PAGINA,
        linha: 8,
        palavras: "«3,0» foi digitado",
    },
    Defeito {
        nome: "número digitado na descrição de um gráfico",
        injetar: |l| l.trocar(GRAFICO, "{{#numero tempo.tempo-tcp-5}}", "11,5 s"),
        arquivo: GRAFICO,
        linha: 2,
        palavras: "«11,5» foi digitado",
    },
    Defeito {
        nome: "descrição com um número que não existe",
        injetar: |l| l.trocar(GRAFICO, "tempo.tempo-tcp-5", "tempo.nada"),
        arquivo: GRAFICO,
        linha: 2,
        palavras: "book/dados/numeros/tempo.toml não define o número «nada»",
    },
    Defeito {
        nome: "citação sem fonte",
        injetar: |l| l.trocar(COMUNS, "fonte = ", "# fonte = "),
        arquivo: COMUNS,
        linha: 1,
        palavras: "«citado» e «fonte», os dois",
    },
    Defeito {
        nome: "conta que não se entende",
        injetar: |l| {
            l.trocar(
                NUMEROS,
                "tempo-tcp-5 / tempo-udp-5",
                "tempo-tcp-5 por tempo-udp-5",
            );
        },
        arquivo: NUMEROS,
        linha: 10,
        palavras: "não entendo a conta",
    },
    Defeito {
        nome: "conta com um número que não existe",
        injetar: |l| {
            l.trocar(
                NUMEROS,
                "tempo-tcp-5 / tempo-udp-5",
                "tempo-tcp-5 / tempo-sctp-5",
            );
        },
        arquivo: NUMEROS,
        linha: 9,
        palavras: "não há o número «tempo-sctp-5»",
    },
    Defeito {
        nome: "TOML que não se entende",
        injetar: |l| l.acrescentar(NUMEROS, "\n[aberta\n"),
        arquivo: NUMEROS,
        linha: 14,
        palavras: "o TOML não se entende aqui",
    },
    Defeito {
        nome: "chave desconhecida",
        injetar: |l| l.acrescentar(COMUNS, "cor = \"azul\"\n"),
        arquivo: COMUNS,
        linha: 8,
        palavras: "não conheço a chave «cor»",
    },
    Defeito {
        nome: "chave do ambiente que falta",
        injetar: |l| l.trocar(AMBIENTE, "nucleo = ", "kernel = "),
        arquivo: COMUNS,
        linha: 6,
        palavras: "book/dados/medidas/ambiente.toml não tem «nucleo»",
    },
    Defeito {
        nome: "ambiente em que falta o que a página mostra",
        injetar: |l| l.trocar(AMBIENTE, "cpu = ", "processador = "),
        arquivo: PAGINA,
        linha: 16,
        palavras: "book/dados/medidas/ambiente.toml não tem «cpu»",
    },
    Defeito {
        nome: "gráfico que não existe",
        injetar: |l| l.acrescentar(PAGINA, "\n{{#grafico nada}}\n"),
        arquivo: PAGINA,
        linha: 24,
        palavras: "não existe book/dados/graficos/nada.toml",
    },
    Defeito {
        nome: "gráfico que ninguém usa",
        injetar: |l| l.trocar(PAGINA, "{{#grafico cauda}}\n", ""),
        arquivo: DEGRAUS,
        linha: 1,
        palavras: "nenhum capítulo usa este gráfico",
    },
    Defeito {
        nome: "tabela que ninguém usa",
        injetar: |l| l.escrever("book/dados/medidas/solta.csv", "a\n1\n"),
        arquivo: "book/dados/medidas/solta.csv",
        linha: 1,
        palavras: "nenhum capítulo usa esta tabela",
    },
    Defeito {
        nome: "ligação a uma tabela que não existe",
        injetar: |l| l.trocar(PAGINA, "../dados/pergunta.csv", "../dados/resposta.csv"),
        arquivo: PAGINA,
        linha: 18,
        palavras: "não existe book/src/dados/resposta.csv",
    },
    Defeito {
        nome: "gráfico sem descrição",
        injetar: |l| l.trocar(GRAFICO, "descricao = ", "descrição = "),
        arquivo: GRAFICO,
        linha: 2,
        palavras: "o TOML não se entende aqui",
    },
    Defeito {
        nome: "gráfico sem descrição nenhuma",
        injetar: |l| l.trocar(DEGRAUS, "descricao = ", "descrito = "),
        arquivo: DEGRAUS,
        linha: 1,
        palavras: "falta «descricao = …»",
    },
    Defeito {
        nome: "gráfico que não diz quantas rodadas",
        injetar: |l| l.trocar(GRAFICO, "rodadas = ", "# rodadas = "),
        arquivo: GRAFICO,
        linha: 1,
        palavras: "falta «rodadas = …»",
    },
    Defeito {
        nome: "rodadas digitadas",
        injetar: |l| l.trocar(GRAFICO, "{n} rodadas", "5 rodadas"),
        arquivo: GRAFICO,
        linha: 3,
        palavras: "com {n}, que vem dos dados",
    },
    Defeito {
        nome: "zero em uma escala log",
        injetar: |l| {
            l.acrescentar(
                TABELA,
                "1,9,tcp,0,0.02,\n2,9,tcp,0,0.02,\n3,9,tcp,0,0.02,\n",
            );
        },
        arquivo: GRAFICO,
        linha: 13,
        palavras: "a série «TCP (Reno)» tem x = 0, que não cabe em uma escala log",
    },
    Defeito {
        nome: "curva com uma fórmula que não existe",
        injetar: |l| l.trocar(GRAFICO, "sem-repeticao(", "sem-nada("),
        arquivo: GRAFICO,
        linha: 31,
        palavras: "a curva «fórmula»: não há fórmula \"sem-nada\"",
    },
    Defeito {
        nome: "curva com um parâmetro a menos",
        injetar: |l| l.trocar(GRAFICO, "n = 1000, ", ""),
        arquivo: GRAFICO,
        linha: 31,
        palavras: "a fórmula sem-repeticao precisa também de n",
    },
    Defeito {
        nome: "curva que acompanha uma série que não existe",
        injetar: |l| l.trocar(GRAFICO, "acompanha = \"UDP\"", "acompanha = \"SCTP\""),
        arquivo: GRAFICO,
        linha: 31,
        palavras: "não há a série «SCTP»",
    },
    Defeito {
        nome: "reta fora do gráfico",
        injetar: |l| l.trocar(GRAFICO, "y = \"tempo.razao\"", "x = \"1000\""),
        arquivo: GRAFICO,
        linha: 35,
        palavras: "fora do gráfico",
    },
    Defeito {
        nome: "degraus que sobem",
        injetar: |l| l.trocar("book/dados/medidas/cauda.csv", "0.03,0.05", "0.03,0.7"),
        arquivo: DEGRAUS,
        linha: 9,
        palavras: "os degraus têm de descer",
    },
    Defeito {
        nome: "barras em escala log",
        injetar: |l| l.trocar(BARRAS, "casas = 1", "casas = 1\nescala = \"log\""),
        arquivo: BARRAS,
        linha: 4,
        palavras: "uma escala log não tem zero",
    },
    Defeito {
        nome: "categoria que não se mediu",
        injetar: |l| l.trocar(BARRAS, "ritmo = 0", "ritmo = 3"),
        arquivo: BARRAS,
        linha: 13,
        palavras: "a coluna ritmo tem 0, 15000",
    },
    Defeito {
        nome: "nome que não cabe no gráfico",
        injetar: |l| {
            l.trocar(
                BARRAS,
                "nome = \"sem pausa\"",
                "nome = \"sem nenhuma pausa entre um datagrama e o seguinte, e sem trabalho\"",
            );
        },
        arquivo: BARRAS,
        linha: 1,
        palavras: "não cabe no gráfico: encurte",
    },
    Defeito {
        nome: "arquivo de outro tipo entre os dados",
        injetar: |l| l.escrever("book/dados/medidas/notas.txt", "nada\n"),
        arquivo: "book/dados/medidas/notas.txt",
        linha: 1,
        palavras: "aqui só cabem arquivos .csv",
    },
];

#[test]
fn cada_defeito_dos_dados_e_acusado_no_lugar_certo() {
    acusar_cada_um(DEFEITOS, &livro_com_dados());
}
