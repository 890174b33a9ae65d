'use strict';

// A busca em português.
//
// O mdBook indexa e procura como se o livro fosse em inglês: `conexao` não acha
// “conexão”. Este script vem antes do da busca e troca três coisas: o índice, que
// refaz a partir dos textos guardados com as palavras sem acento e também no
// singular; a comparação que destaca as palavras nos resultados; e a que as destaca
// na página. E põe na frente os lugares que têm a consulta inteira, como uma frase.
// Nada disto usa a rede: funciona em file://.

window.busca = (function() {
    // Só contam na consulta se ela não tiver outra palavra.
    const VAZIAS = new Set(('a ao aos as com como da das de do dos e em na nas no nos '
        + 'o os ou para pela pelo por que se um uma').split(' '));

    // “Conexão” → “conexao”.
    function dobrar(texto) {
        return texto.normalize('NFD').replace(/\p{M}+/gu, '').toLowerCase();
    }

    // As palavras de um texto, sem acento: letras e algarismos; o resto separa.
    function palavras(texto) {
        return dobrar(texto).match(/[\p{L}\p{N}]+/gu) || [];
    }

    // O singular de uma palavra já sem acento, ou perto dele: o que importa é que o
    // singular e o plural deem o mesmo. A primeira terminação que servir é trocada.
    const PLURAIS = [
        [/(?:o|a)es$/, 'ao'], // conexões, pães
        [/ais$/, 'al'], // sinais
        [/ois$/, 'ol'], // lençóis
        [/(?:eis|is|il)$/, 'el'], // níveis, úteis e útil, funis e funil
        [/ns$/, 'm'], // mensagens
        [/([rz])es$/, '$1'], // servidores, vezes
        [/s$/, ''], // portas
    ];
    function singular(palavra) {
        if (palavra.length > 3) {
            for (const [terminacao, troca] of PLURAIS) {
                if (terminacao.test(palavra)) {
                    return palavra.replace(terminacao, troca);
                }
            }
        }
        return palavra;
    }

    // O que se procura: as palavras da consulta, no singular.
    function termos(consulta) {
        const todas = palavras(consulta);
        const cheias = todas.filter(palavra => !VAZIAS.has(palavra));
        return (cheias.length > 0 ? cheias : todas).map(singular);
    }

    // Se `trecho` (do texto do livro) tem alguma das palavras de `consulta`. O começo
    // da palavra serve, como no índice, a não ser quando é curto demais para dizer algo.
    function combina(trecho, consulta) {
        const procurados = termos(consulta);
        return palavras(trecho).some(palavra => {
            const formas = [palavra, singular(palavra)];
            return procurados.some(termo => formas.some(
                forma => forma === termo || termo.length > 2 && forma.startsWith(termo)));
        });
    }

    // Destaca na página as palavras procuradas. Nas figuras não: um texto de SVG
    // marcado deixa de ser desenhado.
    function marcar(marcador, consultas) {
        const consulta = consultas.join(' ').replace(/\+/g, ' ');
        marcador.markRegExp(/[\p{L}\p{M}\p{N}]+/gu, {
            exclude: ['svg *', 'button *'],
            filter: (no, palavra) => combina(palavra, consulta),
        });
    }

    // Refaz o índice a partir dos documentos que o mdBook guardou.
    function carregar(gravado) {
        const indice = new elasticlunr.Index();
        indice.setRef(gravado.ref);
        gravado.fields.forEach(campo => indice.addField(campo));
        indice.documentStore = elasticlunr.DocumentStore.load(gravado.documentStore);
        // O texto de cada documento, em palavras, para achar uma frase inteira.
        const frases = {};
        for (const ref of Object.keys(gravado.documentStore.docs)) {
            frases[ref] = '';
            for (const campo of gravado.fields) {
                const vezes = new Map();
                const todas = palavras(gravado.documentStore.docs[ref][campo]);
                frases[ref] += ` ${todas.join(' ')} \n`;
                for (const palavra of todas) {
                    for (const forma of new Set([palavra, singular(palavra)])) {
                        vezes.set(forma, (vezes.get(forma) || 0) + 1);
                    }
                }
                indice.documentStore.addFieldLength(ref, campo, todas.length);
                vezes.forEach((quantas, forma) => {
                    indice.index[campo].addToken(forma, { ref, tf: Math.sqrt(quantas) });
                });
            }
        }
        const procurar = indice.search;
        indice.search = function(consulta, opcoes) {
            const procurados = termos(consulta);
            if (procurados.length === 0) {
                return [];
            }
            const achados = procurar.call(this, procurados.join(' '), opcoes);
            if (procurados.length === 1) {
                return achados;
            }
            // Quem cola uma mensagem de erro quer o lugar em que ela está inteira.
            const frase = ` ${palavras(consulta).join(' ')} `;
            const inteira = ({ ref }) => frases[ref].includes(frase);
            const [com, sem] = [achados.filter(inteira), achados.filter(um => !inteira(um))];
            return [...com, ...sem];
        };
        return indice;
    }

    if (window.elasticlunr) {
        elasticlunr.Index.load = carregar;
    }

    return { combina, marcar, palavras, singular };
})();
