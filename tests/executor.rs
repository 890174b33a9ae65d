//! O que prova quem prova: o executor das cenas pega cada tipo de erro, não
//! deixa nada rodando e grava sem estragar o que o autor escreveu.
//!
//! O programa das cenas daqui é este mesmo executável, que com `--boneco` faz o
//! que lhe mandam: assim as provas rodam em qualquer sistema.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::exit;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use provas::{Ambiente, Falha, Gravacao, cenario, comparar, gravar, porta, porta_livre};

fn main() {
    let mut argumentos = std::env::args().skip(1);
    if argumentos.next().as_deref() == Some("--boneco") {
        boneco(argumentos);
        return;
    }
    libtest_mimic::run(&Arguments::from_args(), provas()).exit();
}

/// Obedece, na ordem: `diz:X` mostra uma linha, `meia:X` mostra sem quebra, `le`
/// lê uma linha e a repete, `porta` mostra a porta padrão, `porta-real`
/// confere que ela não é a do livro, `entrada` mostra se a entrada é um terminal
/// ou um cano, `pid` o número do processo, `segura:P` escuta na porta P, `aceita:P` espera uma conexão nela,
/// `liga:P` liga para ela, `pausa:MS` demora, `trava` não faz mais nada, `sai:N`
/// acaba com o código N.
fn boneco(ordens: impl Iterator<Item = String>) {
    let mut seguros = Vec::new();
    for ordem in ordens {
        let (verbo, texto) = ordem.split_once(':').unwrap_or((&ordem, ""));
        match verbo {
            "diz" => println!("{texto}"),
            "meia" => {
                print!("{texto}");
                io::stdout().flush().expect("a saída está aberta");
            }
            "le" => {
                let mut linha = String::new();
                match io::stdin().read_line(&mut linha) {
                    Ok(0) => println!("\nfim da entrada"),
                    lido => println!(
                        "leu {}: {}",
                        lido.expect("a entrada está aberta"),
                        linha.trim_end()
                    ),
                }
            }
            "porta" => println!(
                "{}",
                std::env::var("SOCKETS_PORTA").expect("há porta padrão")
            ),
            "porta-real" => assert_ne!(
                std::env::var("SOCKETS_PORTA").expect("há porta padrão"),
                sockets::PORTA_PADRAO.to_string()
            ),
            "entrada" if io::stdin().is_terminal() => println!("terminal"),
            "entrada" => println!("cano"),
            "pid" => println!("pid {}", std::process::id()),
            "segura" => {
                let porta: u16 = texto.parse().expect("uma porta");
                seguros.push(TcpListener::bind(("127.0.0.1", porta)).expect("a porta está livre"));
            }
            "aceita" => {
                let porta: u16 = texto.parse().expect("uma porta");
                let escuta = TcpListener::bind(("127.0.0.1", porta)).expect("a porta está livre");
                escuta.accept().expect("alguém liga");
            }
            "liga" => {
                let porta: u16 = texto.parse().expect("uma porta");
                TcpStream::connect(("127.0.0.1", porta)).expect("alguém escuta");
            }
            "pausa" => thread::sleep(Duration::from_millis(texto.parse().expect("um número"))),
            "trava" => loop {
                thread::park();
            },
            "sai" => exit(texto.parse().expect("um código")),
            _ => panic!("não sei {ordem:?}"),
        }
    }
}

const B: &str = "cargo run --example boneco -- --boneco";

/// O prazo das provas em que algo tem de vir: folgado, pois não se espera à toa.
const FOLGA: Duration = Duration::from_secs(20);

/// O prazo das provas em que algo não vem.
const CURTO: Duration = Duration::from_millis(400);

/// Quanto silêncio convence, onde um programa que demorasse a mostrar o que sobra, ou a
/// acabar, passaria por um que não o faz.
const CALMA: Duration = Duration::from_secs(2);

/// O ambiente das provas em que não se pode tomar uma pausa da máquina por silêncio.
fn com_calma() -> Ambiente {
    Ambiente {
        calma: CALMA,
        ..ambiente(FOLGA)
    }
}

fn ambiente(prazo: Duration) -> Ambiente {
    Ambiente {
        exemplos: Arc::new(|programa| match programa.nome.as_str() {
            "boneco" => Ok(std::env::current_exe().expect("este executável tem caminho")),
            outro => Err(Falha::nova(format!("não existe o exemplo {outro:?}"))),
        }),
        prazo,
        calma: Duration::from_millis(150),
        portas_do_livro: false,
    }
}

fn cena(passos: &str) -> String {
    let passos = passos.replace("$B", B);
    format!("titulo: t\nterminal 1: um\nterminal 2: dois\n\n{passos}\n")
}

/// A mesma cena, com um terminal na entrada dos programas.
fn com_teclado(passos: &str) -> String {
    cena(passos).replacen("\n\n", "\nteclado: terminal\n\n", 1)
}

fn rodar(passos: &str, prazo: Duration) -> Result<(), Falha> {
    rodar_em(passos, &ambiente(prazo))
}

fn rodar_em(passos: &str, ambiente: &Ambiente) -> Result<(), Falha> {
    let cena = cena::Cena::ler(&cena(passos)).expect("a cena da prova tem a forma certa");
    comparar("prova", &cena, ambiente)
}

/// A cena tem de falhar, e a mensagem tem de conter cada trecho.
fn pegar(passos: &str, prazo: Duration, trechos: &[&str]) -> Result<(), Failed> {
    pegar_em(passos, &ambiente(prazo), trechos)
}

fn pegar_em(passos: &str, ambiente: &Ambiente, trechos: &[&str]) -> Result<(), Failed> {
    match rodar_em(passos, ambiente) {
        Ok(()) => Err("o erro passou despercebido".into()),
        Err(falha) => contem(&falha.to_string(), trechos),
    }
}

/// O mesmo, no fim de um prazo que a mensagem diz. Um prazo tão curto pode acabar antes
/// que o programa comece a mostrar o que vem antes do erro: aí se dá um maior.
fn pegar_no_prazo(passos: &str, trechos: &[&str]) -> Result<(), Failed> {
    let mut prazo = CURTO;
    loop {
        let dito = format!("{prazo:?}");
        let pego = pegar(passos, prazo, &[trechos, &[dito.as_str()]].concat());
        if pego.is_ok() || prazo >= FOLGA {
            return pego;
        }
        prazo *= 4;
    }
}

fn contem(mensagem: &str, trechos: &[&str]) -> Result<(), Failed> {
    for trecho in trechos {
        if !mensagem.contains(trecho) {
            return Err(format!("falta {trecho:?} em:\n{mensagem}").into());
        }
    }
    Ok(())
}

/// Grava uma cena e devolve o que ficou no arquivo.
fn regravar(texto: &str) -> Result<(Gravacao, String), Falha> {
    regravar_em(texto, &ambiente(FOLGA))
}

fn regravar_em(texto: &str, ambiente: &Ambiente) -> Result<(Gravacao, String), Falha> {
    let pasta = tempfile::tempdir().expect("há onde pôr arquivos temporários");
    let arquivo: PathBuf = pasta.path().join("prova.cena");
    fs::write(&arquivo, texto).expect("a pasta é nossa");
    let gravacao = gravar(&arquivo, ambiente);
    let ficou = fs::read_to_string(&arquivo).expect("o arquivo continua lá");
    let arquivos = fs::read_dir(pasta.path()).expect("a pasta é nossa").count();
    assert_eq!(arquivos, 1, "sobrou um arquivo provisório");
    if gravacao.is_err() {
        assert_eq!(ficou, texto, "uma gravação que falha não toca no arquivo");
    }
    Ok((gravacao?, ficou))
}

fn igual(veio: &str, esperado: &str) -> Result<(), Failed> {
    if veio == esperado {
        return Ok(());
    }
    Err(format!("esperava:\n{esperado}\nveio:\n{veio}").into())
}

fn provas() -> Vec<Trial> {
    let mut provas = comparacao_das_linhas();
    provas.extend(comparacao_do_resto());
    provas.extend(teclado());
    provas.extend(limpeza());
    provas.extend(gravacao());
    provas.extend(medidas());
    provas.push(hora_marcada());
    provas
}

fn comparacao_das_linhas() -> Vec<Trial> {
    vec![
        Trial::test("uma_cena_verdadeira_passa", || {
            rodar(
                "1$ $B diz:oi 'meia:Nome: ' le diz:7 diz:7 sai:3\n\
                 1| oi\n\
                 2$ $B diz:dois 'meia:à espera ' le\n\
                 2| dois\n\
                 2| à espera\n\
                 1| Nome: «Ana»\n\
                 1| leu ‹numero_bytes=99›: Ana\n\
                 1| ‹numero=1›\n\
                 1| ‹numero=1›\n\
                 1= 3\n\
                 1$ $B le\n\
                 1| «^D»\n\
                 1| fim da entrada",
                FOLGA,
            )?;
            Ok(())
        }),
        Trial::test("outra_saida_e_pega_com_arquivo_linha_e_diferenca", || {
            pegar(
                "1$ $B diz:a diz:b diz:c\n1| a\n1| x\n1| c",
                FOLGA,
                &[
                    "book/cenas/prova.cena:7: terminal 1",
                    "    a\n  - x\n  + b\n  + c\n",
                    "terminal 2 (dois)",
                    "ATUALIZAR=1 cargo test -p provas --test cenas prova",
                ],
            )
        }),
        Trial::test("linha_que_falta_e_pega_quando_o_programa_acaba", || {
            pegar(
                "1$ $B diz:a\n1| a\n1| b",
                FOLGA,
                &["cena:7", "acabou", "- b"],
            )
        }),
        Trial::test("linha_que_falta_e_pega_no_prazo", || {
            pegar_no_prazo("1$ $B diz:a trava\n1| a\n1| b", &["cena:7", "- b"])
        }),
        Trial::test("linha_que_sobra_antes_do_codigo_e_pega", || {
            pegar(
                "1$ $B diz:a diz:b\n1| a\n1= 0",
                FOLGA,
                &["cena:7", "mais do que", "+ b"],
            )
        }),
        Trial::test("linha_que_sobra_no_fim_e_pega", || {
            pegar_em(
                "1$ $B diz:a diz:b trava\n1| a",
                &com_calma(),
                &["cena:6", "mais do que", "+ b"],
            )
        }),
        Trial::test("linha_que_sobra_antes_de_outro_comando_e_pega", || {
            pegar(
                "1$ $B diz:a diz:b\n1| a\n1$ $B",
                FOLGA,
                &["cena:7", "mais do que", "+ b"],
            )
        }),
        Trial::test("pergunta_que_sobra_no_fim_e_pega", || {
            pegar_em(
                "1$ $B diz:a meia:Nome trava\n1| a",
                &com_calma(),
                &["mais do que", "+ Nome"],
            )
        }),
        Trial::test("meia_linha_nao_passa_por_linha_inteira", || {
            let calmo = Ambiente {
                prazo: CALMA * 2,
                ..com_calma()
            };
            pegar_em(
                "1$ $B meia:ab meia:cd trava\n1| ab",
                &calmo,
                &["cena:6", "+ abcd"],
            )
        }),
        Trial::test("outra_pergunta_e_pega", || {
            pegar_no_prazo(
                "1$ $B 'meia:Nome: ' le\n1| Idade: «9»",
                &["cena:6", "- Idade: «9»", "+ Nome:"],
            )
        }),
    ]
}

fn comparacao_do_resto() -> Vec<Trial> {
    vec![
        Trial::test("variavel_incoerente_e_pega", || {
            pegar(
                "1$ $B diz:7 diz:8\n1| ‹numero=1›\n1| ‹numero=1›",
                FOLGA,
                &["cena:7", "numero", "\"7\"", "\"8\""],
            )
        }),
        Trial::test("outro_codigo_de_saida_e_pego", || {
            pegar("1$ $B sai:3\n1= 4", FOLGA, &["cena:6", "- = 4", "+ = 3"])
        }),
        Trial::test("codigo_de_erro_que_a_cena_cala_e_pego", || {
            pegar_em(
                "1$ $B diz:a sai:3\n1| a",
                &com_calma(),
                &["cena:6", "erro", "+ = 3"],
            )?;
            pegar("1$ $B sai:3\n1$ $B", FOLGA, &["cena:6", "erro", "+ = 3"])
        }),
        Trial::test("programa_que_nao_acaba_e_pego_no_prazo", || {
            pegar("1$ $B trava\n1= 0", CURTO, &["cena:6", "ainda roda"])
        }),
        Trial::test("digitar_em_quem_acabou_e_pego", || {
            pegar(
                "1$ $B diz:a\n1| a\n1= 0\n1| «oi»",
                FOLGA,
                &["cena:8", "acabou antes"],
            )
        }),
        Trial::test("exemplo_que_nao_existe_e_pego", || {
            pegar("1$ cargo run --example outro", FOLGA, &["cena:5", "outro"])
        }),
        Trial::test("as_portas_do_livro_sao_trocadas_na_ida_e_na_volta", || {
            // `porta-real` acaba com erro se vir a porta do livro: tem de ver outra.
            rodar(
                "1$ $B porta-real porta diz:127.0.0.1:50000 diz:50001 diz:150000 le\n\
                 1| 50000\n1| 127.0.0.1:50000\n1| 50001\n1| 150000\n1| «50000»\n1| leu 6: 50000",
                FOLGA,
            )?;
            Ok(())
        }),
        Trial::test(
            "a_quebra_depois_do_fim_da_entrada_pode_ou_nao_aparecer",
            || {
                rodar(
                    "1$ $B 'meia:Nome: ' le\n1| Nome: «^D»\n1| fim da entrada\n1= 0",
                    FOLGA,
                )?;
                rodar(
                    "1$ $B 'meia:Nome: ' le\n1| Nome: «^D»\n1|\n1| fim da entrada",
                    FOLGA,
                )?;
                pegar(
                    "1$ $B le\n1| «^D»\n1|\n1|\n1| fim da entrada",
                    FOLGA,
                    &["cena:8"],
                )
            },
        ),
        Trial::test("ctrl_c_interrompe_e_a_morte_por_ele_nao_e_erro", || {
            if cfg!(unix) {
                rodar("1$ $B diz:a trava\n1| a\n1| «^C»\n1$ $B diz:b\n1| b", FOLGA)?;
                rodar("1$ $B diz:a trava\n1| a\n1| «^C»\n1= 130", FOLGA)?;
            }
            Ok(())
        }),
    ]
}

fn teclado() -> Vec<Trial> {
    let prova = |nome: &str, passos: &'static str| {
        Trial::test(nome, move || {
            if cfg!(unix) {
                let cena = cena::Cena::ler(&com_teclado(passos)).expect("a forma está certa");
                comparar("prova", &cena, &ambiente(FOLGA))?;
            }
            Ok(())
        })
    };
    vec![
        Trial::test("sem_o_cabecalho_a_entrada_e_um_cano", || {
            rodar("1$ $B entrada\n1| cano", FOLGA)?;
            Ok(())
        }),
        prova(
            "com_o_cabecalho_ela_e_um_terminal_em_todos_os_programas",
            "1$ $B entrada le\n1| terminal\n2$ $B entrada\n2| terminal\n1| «Zé»\n1| leu 4: Zé\n\
             1$ $B diz:x | $B entrada le\n1| cano\n1| leu 2: x\n1$ $B entrada && true\n1| terminal",
        ),
        prova(
            "no_terminal_o_fim_da_entrada_vale_uma_vez",
            "1$ $B 'meia:Nome: ' le le le\n1| Nome: «^D»\n1| fim da entrada\n1| «oi»\n\
             1| leu 3: oi\n1| «^D»\n1| fim da entrada\n1= 0",
        ),
        prova(
            "no_terminal_ctrl_c_tambem_interrompe",
            "1$ $B diz:a le trava\n1| a\n1| «x»\n1| leu 2: x\n1| «^C»\n1= 130",
        ),
        Trial::test("a_gravacao_tambem_usa_o_terminal", || {
            if cfg!(unix) {
                let texto = com_teclado("1$ $B entrada 'meia:Nome: ' le le\n1| «Ana»\n1| «^D»");
                let (gravacao, ficou) = regravar(&texto)?;
                assert_eq!(gravacao, Gravacao::Nova);
                igual(
                    &ficou,
                    &com_teclado(
                        "1$ $B entrada 'meia:Nome: ' le le\n1| terminal\n1| Nome: «Ana»\n\
                         1| leu 4: Ana\n1| «^D»\n1| fim da entrada",
                    ),
                )?;
            }
            Ok(())
        }),
    ]
}

/// Espera que ninguém mais segure a porta: quem a segurava morreu.
fn solta(porta: u16) -> Result<(), Failed> {
    let limite = Instant::now() + FOLGA;
    while !porta::livre(porta) {
        if Instant::now() > limite {
            return Err(format!("um processo ainda segura a porta {porta}").into());
        }
        thread::yield_now();
    }
    Ok(())
}

fn limpeza() -> Vec<Trial> {
    vec![
        Trial::test("um_filho_que_nunca_fala_e_morto_no_prazo", || {
            let porta = porta_livre();
            let inicio = Instant::now();
            pegar(
                &format!("1$ $B segura:{porta} trava\n1| nunca"),
                Duration::from_secs(2),
                &["cena:6", "não veio em 2s"],
            )?;
            assert!(inicio.elapsed() < Duration::from_secs(10));
            solta(porta)
        }),
        Trial::test("depois_de_uma_falha_nada_fica_rodando", || {
            let porta = porta_livre();
            let passos =
                format!("1$ $B segura:{porta} diz:pronto trava\n1| pronto\n2$ $B diz:a\n2| b");
            pegar(&passos, FOLGA, &["cena:8"])?;
            solta(porta)
        }),
        Trial::test("nem_o_que_um_shell_abriu", || {
            if cfg!(unix) {
                let porta = porta_livre();
                let passos = format!(
                    "1$ $B segura:{porta} diz:neto trava & wait\n1| neto\n2$ $B diz:a\n2| b"
                );
                pegar(&passos, FOLGA, &["cena:8"])?;
                solta(porta)?;
            }
            Ok(())
        }),
        Trial::test("um_panico_no_meio_tambem_mata_o_filho", || {
            let porta = porta_livre();
            let panico = std::panic::catch_unwind(|| {
                let mut comando = std::process::Command::new(std::env::current_exe().unwrap());
                comando.args([
                    "--boneco",
                    &format!("segura:{porta}"),
                    "diz:pronto",
                    "trava",
                ]);
                let mut filho = provas::Filho::rodar("boneco", comando).unwrap();
                filho.esperar_linha().unwrap();
                assert!(!porta::livre(porta), "o boneco tinha de segurar a porta");
                std::panic::resume_unwind(Box::new(()));
            });
            assert!(panico.is_err());
            solta(porta)
        }),
    ]
}

fn gravacao() -> Vec<Trial> {
    vec![
        Trial::test("uma_cena_so_com_o_que_se_digita_pode_ser_gravada", || {
            let (gravacao, ficou) = regravar(&cena(
                "1$ $B diz:a 'meia:Nome: ' le diz:b le\n2$ $B diz:c sai:5\n1| «Ana»\n1| «^D»",
            ))?;
            assert_eq!(gravacao, Gravacao::Nova);
            igual(
                &ficou,
                &cena(
                    "1$ $B diz:a 'meia:Nome: ' le diz:b le\n1| a\n2$ $B diz:c sai:5\n2| c\n2= 5\n\
                     1| Nome: «Ana»\n1| leu 4: Ana\n1| b\n1| «^D»\n1| fim da entrada",
                ),
            )?;
            let gravada = cena::Cena::ler(&ficou).expect("a gravada tem a forma certa");
            comparar("prova", &gravada, &ambiente(FOLGA))?;
            Ok(())
        }),
        Trial::test("marcas_comentarios_e_linhas_em_branco_ficam", || {
            let (gravacao, ficou) = regravar(&cena(
                "# um comentário\n1$ $B diz:porta=41000 diz:nova diz:fim\n\n\
                 1| porta=‹porta_c=5›\n# outro\n1| velha\n1| fim\n\n# o último",
            ))?;
            assert_eq!(gravacao, Gravacao::Nova);
            igual(
                &ficou,
                &cena(
                    "# um comentário\n1$ $B diz:porta=41000 diz:nova diz:fim\n\n\
                     1| porta=‹porta_c=41000›\n# outro\n1| nova\n1| fim\n\n# o último",
                ),
            )
        }),
        Trial::test(
            "uma_linha_a_mais_e_uma_a_menos_nao_desalinham_as_marcas",
            || {
                let (_, ficou) = regravar(&cena(
                    "1$ $B diz:nova diz:n=7 diz:m=8\n1| n=‹numero_n=1›\n1| sumiu\n1| m=‹numero_m=2›\n1= 1",
                ))?;
                igual(
                    &ficou,
                    &cena(
                        "1$ $B diz:nova diz:n=7 diz:m=8\n1| nova\n1| n=‹numero_n=7›\n1| m=‹numero_m=8›\n1= 0",
                    ),
                )
            },
        ),
        Trial::test("linhas_novas_entram_na_ordem_em_que_apareceram", || {
            let porta = porta_livre();
            let um = format!("1$ $B diz:abre aceita:{porta} diz:depois trava");
            // Entre as duas linhas, mais do que a máquina demora a ler uma, e menos do
            // que o silêncio que convence.
            let dois = format!("2$ $B diz:antes pausa:500 liga:{porta} trava");
            let calmo = Ambiente {
                calma: Duration::from_millis(400),
                ..ambiente(FOLGA)
            };
            let (_, ficou) = regravar_em(&cena(&format!("{um}\n{dois}")), &calmo)?;
            igual(
                &ficou,
                &cena(&format!("{um}\n1| abre\n{dois}\n2| antes\n1| depois")),
            )
        }),
        Trial::test("se_nada_mudou_o_arquivo_nao_e_tocado", || {
            let texto =
                cena("1$ $B diz:n=7 'meia:Nome: ' le\n1| n=‹numero_n=7›\n1| Nome: «»\n1| leu 1:");
            let (gravacao, ficou) = regravar(&texto)?;
            assert_eq!(gravacao, Gravacao::Igual);
            igual(&ficou, &texto)
        }),
        Trial::test("um_valor_novo_tambem_e_gravado", || {
            let (gravacao, ficou) = regravar(&cena("1$ $B diz:n=7\n1| n=‹numero_n=1›"))?;
            assert_eq!(gravacao, Gravacao::Nova);
            igual(&ficou, &cena("1$ $B diz:n=7\n1| n=‹numero_n=7›"))
        }),
        Trial::test("outra_pergunta_entra_no_lugar_da_gravada", || {
            // O prazo se espera inteiro, mas cabe nele o começo do programa.
            let mut curto = ambiente(Duration::from_secs(2));
            curto.calma = Duration::from_millis(50);
            let (_, ficou) = regravar_em(
                &cena("1$ $B 'meia:Nome: ' le\n1| Idade: «9»\n1| leu 2: 9"),
                &curto,
            )?;
            igual(
                &ficou,
                &cena("1$ $B 'meia:Nome: ' le\n1| Nome: «9»\n1| leu 2: 9"),
            )
        }),
        Trial::test("o_que_nao_segue_nao_e_gravado", || {
            let falha = regravar(&cena("1$ $B diz:nova\n1| velha\n1| «oi»")).unwrap_err();
            contem(&falha.to_string(), &["cena:7", "ficou como estava", "nova"])
        }),
        Trial::test("o_que_o_formato_nao_diz_nao_e_gravado", || {
            for linha in ["‹a=b›", "fim «x»", "\u{1b}[2J"] {
                let falha = regravar(&cena(&format!("1$ $B 'diz:{linha}'"))).unwrap_err();
                contem(&falha.to_string(), &["não sabe dizer"])?;
            }
            Ok(())
        }),
        Trial::test("o_nome_da_cena_e_o_do_arquivo", || {
            igual(&cenario::nome("a/b-c.cena".as_ref()), "b-c")
        }),
    ]
}

fn medidas() -> Vec<Trial> {
    vec![
        Trial::test("uma_medida_pode_ser_outra_mas_tem_de_ser_um_numero", || {
            rodar(
                "1$ $B 'diz:p50   7,1 us' 'diz:p50 1.024,25 us' diz:-3 diz:perda=0\n\
                 1| p50‹medida_p50=  11,6› us\n1| p50‹medida_p50= 11,6› us\n\
                 1| ‹medida=1,5›\n1| perda=‹medida=1,5›",
                FOLGA,
            )?;
            for dito in ["p50 x us", "p50 us", "p50 7,1 us!"] {
                pegar(
                    &format!("1$ $B 'diz:{dito}'\n1| p50‹medida_p50= 7,1› us"),
                    FOLGA,
                    &["cena:6", "saída não é a gravada"],
                )?;
            }
            Ok(())
        }),
        Trial::test("uma_medida_nova_e_gravada_e_a_marca_fica", || {
            let (gravacao, ficou) = regravar(&cena(
                "1$ $B 'diz:TCP  21,0  108,5' 'diz:UDP  16,6    9,7'\n\
                 1| TCP ‹medida_p50= 20,0› ‹medida_p99=   7,5›\n\
                 1| UDP ‹medida_p50= 20,0› ‹medida_p99=   7,5›",
            ))?;
            assert_eq!(gravacao, Gravacao::Nova);
            igual(
                &ficou,
                &cena(
                    "1$ $B 'diz:TCP  21,0  108,5' 'diz:UDP  16,6    9,7'\n\
                     1| TCP ‹medida_p50= 21,0› ‹medida_p99= 108,5›\n\
                     1| UDP ‹medida_p50= 16,6› ‹medida_p99=   9,7›",
                ),
            )
        }),
    ]
}

fn hora_marcada() -> Trial {
    Trial::test("a_hora_de_uma_linha_nova_ja_entra_marcada", || {
        let ordens = "1$ $B 'diz:[14:03:11] Ana: oi' 'diz:[14:03:61] x' 'diz:às 14:03:11'";
        let (_, ficou) = regravar(&cena(ordens))?;
        igual(
            &ficou,
            &cena(&format!(
                "{ordens}\n1| [‹hora=14:03:11›] Ana: oi\n1| [14:03:61] x\n1| às 14:03:11"
            )),
        )
    })
}
