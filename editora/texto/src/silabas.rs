//! Quantas sílabas tem uma palavra do português.
//!
//! Conta os núcleos (as vogais que se ouvem), pelas regras da divisão silábica: ditongos
//! contam um, hiatos contam dois, o `u` mudo de `que` e `gui` não conta. Uma palavra
//! estrangeira é lida como se fosse nossa, o que lhe dá sílabas a mais, nunca a menos;
//! uma sigla é soletrada, a não ser as que se leem como palavra.

/// Siglas do livro que se leem como palavra; as outras se soletram.
const LIDAS: &[&str] = &[
    "ACK",
    "ARM",
    "ARQ",
    "ASCII",
    "CUBIC",
    "FIN",
    "IMPORTANT",
    "LAN",
    "NAT",
    "PING",
    "PONG",
    "POSIX",
    "QUIC",
    "SACK",
    "SYN",
    "TIP",
    "WAN",
];

/// As sílabas de uma palavra, com hifens ou não.
///
/// ```
/// use texto::silabas::contar;
/// assert_eq!(contar("endereço"), 4);
/// assert_eq!(contar("história"), 3);
/// assert_eq!(contar("lê-lo"), 2);
/// assert_eq!(contar("TCP"), 3);
/// ```
#[must_use]
pub fn contar(palavra: &str) -> usize {
    palavra
        .split(|letra: char| !letra.is_alphabetic())
        .filter(|parte| !parte.is_empty())
        .map(de_uma_parte)
        .sum::<usize>()
        .max(1)
}

fn de_uma_parte(parte: &str) -> usize {
    let maiusculas = parte.chars().all(char::is_uppercase);
    if maiusculas && parte.chars().count() > 1 && !LIDAS.contains(&parte) && parte.is_ascii() {
        return parte.chars().map(do_nome_da_letra).sum();
    }
    let letras: Vec<char> = parte.to_lowercase().chars().collect();
    nucleos(&letras).max(1)
}

/// As sílabas do nome de uma letra: `f` é efe, `h` é agá.
fn do_nome_da_letra(letra: char) -> usize {
    match letra {
        'F' | 'H' | 'J' | 'L' | 'M' | 'N' | 'R' | 'S' => 2,
        'W' | 'Y' => 3,
        _ => 1,
    }
}

fn nucleos(letras: &[char]) -> usize {
    let mut conta = 0;
    let mut i = 0;
    while i < letras.len() {
        if !vogal(letras, i) {
            i += 1;
            continue;
        }
        conta += 1;
        i += tamanho_do_nucleo(letras, i);
    }
    conta
}

/// Se a letra é uma vogal que se ouve como núcleo, ou como parte de um. O `u` depois de
/// `q` ou `g` e antes de outra vogal (`que`, `água`) é da sílaba dela.
fn vogal(letras: &[char], i: usize) -> bool {
    let Some(&letra) = letras.get(i) else {
        return false;
    };
    if "uü".contains(letra)
        && i > 0
        && "qg".contains(letras[i - 1])
        && letras
            .get(i + 1)
            .is_some_and(|&seguinte| qualquer(seguinte))
    {
        return false;
    }
    qualquer(letra)
}

fn qualquer(letra: char) -> bool {
    "aáàâãeéêèiíoóôõuúüy".contains(letra)
}

fn fraca(letra: char) -> bool {
    "iuüy".contains(letra)
}

/// Quantas letras o núcleo que começa em `i` ocupa: duas, em um ditongo; uma, se não.
fn tamanho_do_nucleo(letras: &[char], i: usize) -> usize {
    let primeira = letras[i];
    let Some(&segunda) = letras.get(i + 1).filter(|_| vogal(letras, i + 1)) else {
        return 1;
    };
    let nasal = matches!((primeira, segunda), ('ã', 'e' | 'o') | ('õ', 'e'));
    let cai = fraca(segunda)
        && primeira != segunda
        && !"íú".contains(primeira)
        && !hiato_apesar_da_fraca(letras, i);
    let artigo = letras == ['a', 'o'] || letras == ['a', 'o', 's'];
    if nasal || cai || artigo || final_crescente(letras, i) {
        2
    } else {
        1
    }
}

/// Se o `i` ou o `u` depois da vogal em `i` abre outra sílaba: antes de `nh` (`rainha`), de
/// uma letra que trava a sílaba dele (`raiz`, `ainda`, `cair`, `juiz`), em `-uição` e depois
/// de um prefixo (`reunir`, `proibir`).
fn hiato_apesar_da_fraca(letras: &[char], i: usize) -> bool {
    let seguintes = (letras.get(i + 2), letras.get(i + 3));
    let trava = match seguintes {
        (Some('n'), Some('h')) | (Some('l' | 'm' | 'n' | 'r' | 'z'), None) => true,
        (Some('l' | 'm' | 'n' | 'r' | 'z'), Some(&alem)) => !qualquer(alem) && alem != 'h',
        _ => false,
    };
    trava || letras[i..].starts_with(&['u', 'i', 'ç']) || depois_de_um_prefixo(letras, i)
}

/// Se a fraca começa o que um prefixo (`re-`, `pro-`, `co-`, `su-`) antecede.
fn depois_de_um_prefixo(letras: &[char], i: usize) -> bool {
    let comeco: String = letras.iter().collect();
    let prefixadas = [
        ("co", "ib"),
        ("pro", "ib"),
        ("re", "ini"),
        ("re", "iter"),
        ("re", "un"),
        ("re", "us"),
        ("re", "util"),
        ("su", "ic"),
    ];
    prefixadas.iter().any(|(prefixo, resto)| {
        i + 1 == prefixo.len()
            && comeco
                .strip_prefix(prefixo)
                .is_some_and(|depois| depois.starts_with(resto))
    })
}

/// O encontro átono do fim de uma palavra que já teve o acento: `his-tó-ria`, `á-gua`,
/// `ó-leo`. Sem acento antes é um hiato: `se-cre-ta-ri-a`.
fn final_crescente(letras: &[char], i: usize) -> bool {
    let fim: String = letras[i + 2..].iter().collect();
    let atono = matches!(
        (letras[i], letras[i + 1]),
        ('i' | 'u' | 'e' | 'o', 'a' | 'e' | 'o')
    );
    atono
        && letras[i] != letras[i + 1]
        && ["", "s", "m"].contains(&fim.as_str())
        && letras[..i].iter().any(|&letra| "áâéêíóôú".contains(letra))
}

#[cfg(test)]
mod testes {
    use super::*;

    /// Palavras como os dicionários as dividem.
    const DIVIDIDAS: &str = "\
        a ao aos á-gua a-in-da a-é-reo ál-ge-bra a-mi-go a-on-de ár-vo-re a-tri-bu-i-ção \
        a-tri-bu-iu a-tu-al au-men-tar ba-ú be-la bem boi ca-ir ca-iu cai-xa ca-os cau-sa céu \
        chá cha-péu ci-ên-cia cir-cui-to cli-en-te co-e-lho co-in-ci-dir co-ne-xão co-ne-xões \
        cons-tru-ir cons-tru-iu con-te-ú-do con-tí-nua con-ti-nu-a co-o-pe-rar co-ra-ção \
        cri-ar cui-da-do da-í de-pois des-cri-tor di-a di-ci-o-ná-rio dois du-as e-co-no-mi-a \
        en-de-re-ço en-vi-ar es-pé-cie eu-ro-peu fa-lha fe-liz fi-el flu-ir fre-quên-cia fui \
        ga-ú-cho gra-tui-to guer-ra he-rói his-tó-ria i-dei-a i-guais in-clu-ir ju-iz lê lei-a \
        lei-te le-em lin-guís-ti-ca lu-a má-goa mãe mãos mai-or mai-o-ri-a mais meu me-mó-ria \
        mo-i-nho mui-to nin-guém nú-me-ro ó-leo ou-vir pa-ís pa-pa-gai-o pás-coa Pi-au-í \
        pe-rí-o-do pes-so-a põem po-ei-ra po-e-ta por-ta pro-í-be pro-i-bir pró-prio qua-tro \
        quais-quer quan-do que-ro ra-i-nha ra-iz Ra-ul re-ci-bo re-i-ni-ci-ar re-ú-ne \
        re-u-ni-ão re-u-ti-li-zar rei ri-o ru-í-do ru-im sa-í-da sa-iu sa-guão se-cre-ta-ri-a \
        se-guiu se-gun-do sé-rie si-tu-a-ção su-i-cí-dio te-o-ri-a tran-se-un-te três tri-un-fo \
        u-ni-ão U-ru-guai u-su-á-rio va-ri-á-vel vá-rios vi-ú-va vi-o-lên-cia vo-o \
        ma-té-ria pre-ju-í-zo";

    /// As palavras de uma tabela em que a conta e a divisão não concordam.
    fn erradas(tabela: &str) -> Vec<&str> {
        tabela
            .split_whitespace()
            .filter(|dividida| {
                contar(&dividida.replace('-', "")) != dividida.matches('-').count() + 1
            })
            .collect()
    }

    #[test]
    fn conta_como_os_dicionarios_dividem() {
        assert_eq!(erradas(DIVIDIDAS), [""; 0]);
        assert_eq!(
            erradas("ca-sa feliz sa-ú-de pre-juí-zo"),
            ["feliz", "pre-juí-zo"]
        );
    }

    #[test]
    fn os_cliticos_se_leem_com_a_palavra() {
        for (palavra, silabas) in [("lê-lo", 2), ("fechá-la", 3), ("guarda-chuva", 4)] {
            assert_eq!(contar(palavra), silabas, "{palavra}");
        }
    }

    #[test]
    fn as_siglas_se_soletram_ou_se_leem() {
        for (sigla, silabas) in [("TCP", 3), ("RST", 5), ("RFC", 5), ("SYN", 1), ("IP", 2)] {
            assert_eq!(contar(sigla), silabas, "{sigla}");
        }
    }

    #[test]
    fn o_que_nao_tem_vogal_tem_uma() {
        for texto in ["", "42", "x", "ms"] {
            assert_eq!(contar(texto), 1, "{texto:?}");
        }
    }
}
