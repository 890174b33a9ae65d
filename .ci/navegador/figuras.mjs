// A descrição de um desenho conta o mesmo que ele mostra.
//
// A regra que uma máquina sabe conferir: todo número e toda palavra só de maiúsculas (SYN,
// LISTEN, FIN-WAIT-1, EOF…) que aparece escrita no desenho aparece também no título ou na
// descrição. Um número até doze pode vir por extenso. Em um gráfico os números são os da
// escala e os da tabela que vem logo depois dele: ali só contam as palavras, e a tabela.

/** Por extenso, como os números se leem. */
const POR_EXTENSO = [
    'zero|nenhum|nenhuma', 'um|uma|primeiro|primeira', 'dois|duas|ambos|segundo|segunda', 'três|terceiro|terceira',
    'quatro|quarto|quarta', 'cinco|quinto|quinta', 'seis|sexto|sexta', 'sete|sétimo|sétima', 'oito|oitavo|oitava',
    'nove|nono|nona', 'dez|décimo|décima', 'onze', 'doze',
];

/**
 * O que um desenho mostra e a descrição não precisa dizer, com o porquê. Uma isenção que
 * não serve mais é um problema.
 */
const ISENTOS = {
};

const NUMERO = /(?<![\p{L}\p{N}_])\d+(?:[.,:]\d+)*(?![\p{L}\p{N}])/gu;
const SIGLA = /(?<![\p{L}\p{N}_-])\p{Lu}{2,}(?:[-_][\p{Lu}\d]+)*(?![\p{L}\p{N}])/gu;
const FRONTEIRA = '[\\p{L}\\p{N}]';

function diz(texto, procurado) {
    const formas = [procurado.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')];
    if (/^\d+$/.test(procurado) && POR_EXTENSO[Number(procurado)]) {
        formas.push(POR_EXTENSO[Number(procurado)]);
    }
    return new RegExp(`(?<!${FRONTEIRA})(?:${formas.join('|')})(?!${FRONTEIRA})`, 'iu').test(texto);
}

/** Um conferidor de todos os desenhos do livro; no fim, `sobras` diz as isenções que não serviram. */
export function conferidorDeFiguras() {
    const usadas = new Set();
    /** As frases sobre um desenho, como `desenhos` (em pagina.mjs) o vê. */
    const conferir = ({ id, papel, nome, descricao, grafico, dados, rotulos }) => {
        const problemas = [];
        if (!['img', 'group'].includes(papel) || !nome || !descricao || nome === descricao) {
            problemas.push(`o desenho ${id || '(sem id)'} não tem papel, nome e descrição ligados a ele: ${papel}, “${nome}”, “${descricao}”`);
        }
        if (grafico && !dados) {
            problemas.push(`o gráfico ${id} não tem os dados em uma tabela logo depois dele`);
        }
        const escrito = rotulos.join(' \n ');
        const mostrados = new Set([...escrito.match(SIGLA) ?? [], ...(grafico ? [] : escrito.match(NUMERO) ?? [])]);
        const calados = [...mostrados].filter(mostrado => !diz(`${nome} ${descricao}`, mostrado));
        const isentos = Object.keys(ISENTOS[id] ?? {});
        calados.filter(calado => isentos.includes(calado)).forEach(calado => usadas.add(`${id} ${calado}`));
        const faltam = calados.filter(calado => !isentos.includes(calado));
        if (faltam.length > 0) {
            problemas.push(`a descrição de ${id} não fala de ${faltam.join(', ')}, que se vê no desenho`);
        }
        return problemas;
    };
    const sobras = () => Object.entries(ISENTOS)
        .flatMap(([id, isentos]) => Object.keys(isentos).map(isento => [id, isento]))
        .filter(([id, isento]) => !usadas.has(`${id} ${isento}`))
        .map(([id, isento]) => `a isenção de “${isento}” em ${id} não é mais precisa: tire-a de figuras.mjs`);
    return { conferir, sobras };
}
