// O que se confere em cada página. As funções `…NaPagina` rodam no navegador.

/** Quanto se espera por uma página: a de impressão é o livro inteiro, e a máquina pode estar ocupada. */
const MAIOR_ESPERA = 300_000;

/** Palavras que só o inglês tem: nenhuma cabe na interface do livro. */
export const INGLES = new RegExp(
    '\\b(?:the|this|that|to|of|and|for|not|no results|toggle|search|theme|themes|contents|'
    + 'change|changes|print|book|next|previous|chapter|page|navigation|keyboard|shortcuts|'
    + 'press|show|hide|hidden|lines|copy|copied|clipboard|result|results|found|suggest|edit|'
    + 'repository|note|tip|important|warning|caution|light|dark|auto|loading|running|output|'
    + 'undo|run|sidebar|redirecting)\\b', 'i');

const ADMONICOES = ['Nota', 'Dica', 'Importante', 'Atenção', 'Cuidado'];

/** Uma aba que anota o que der errado nela. `permitidos` são os começos de endereço que são do livro. */
export async function novaAba(navegador, permitidos, opcoes = {}) {
    const contexto = await navegador.createBrowserContext();
    const aba = await contexto.newPage();
    aba.setDefaultTimeout(MAIOR_ESPERA);
    await aba.setViewport({
        width: opcoes.largura ?? 1280,
        height: opcoes.altura ?? 900,
        isMobile: opcoes.toque ?? false,
        hasTouch: opcoes.toque ?? false,
    });
    await aba.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: opcoes.escuro ? 'dark' : 'light' },
        { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
    if (opcoes.semScript) {
        await aba.setJavaScriptEnabled(false);
    } else {
        await aba.evaluateOnNewDocument(() => {
            window.print = () => {};
        });
    }
    let anotados = [];
    const anotar = texto => anotados.push(texto);
    aba.on('console', mensagem => {
        if (['error', 'warn', 'assert'].includes(mensagem.type())) {
            anotar(`o console mostra: ${mensagem.text()}`);
        }
    });
    aba.on('pageerror', erro => anotar(`erro de script: ${erro.message}`));
    aba.on('request', pedido => {
        const url = pedido.url();
        if (!/^(?:data|blob|about):/.test(url) && !permitidos.some(comeco => url.startsWith(comeco))) {
            anotar(`pede ${url}, que não é do livro`);
        }
    });
    aba.on('requestfailed', pedido => {
        if (pedido.failure()?.errorText !== 'net::ERR_ABORTED') {
            anotar(`não conseguiu carregar ${pedido.url()}: ${pedido.failure()?.errorText}`);
        }
    });
    aba.on('response', resposta => {
        if (resposta.status() >= 400 && !(opcoes.espera404 && resposta.request().isNavigationRequest())) {
            anotar(`falta ${resposta.url()} (${resposta.status()})`);
        }
    });
    return {
        aba,
        /** O que se anotou desde a última vez. */
        recolher: () => {
            const agora = [...new Set(anotados)];
            anotados = [];
            return agora;
        },
        fechar: () => contexto.close(),
    };
}

export async function ir(aba, url) {
    return aba.goto(url, { waitUntil: 'load', timeout: MAIOR_ESPERA });
}

/** As violações que o axe-core acha, uma frase para cada elemento. */
export async function acessibilidade(aba, axe) {
    await aba.evaluate(axe);
    const violacoes = await aba.evaluate(async () => {
        const resultado = await window.axe.run(document, { resultTypes: ['violations'], preload: false });
        return resultado.violations.map(violacao => ({
            regra: violacao.id,
            ajuda: violacao.help,
            nos: violacao.nodes.map(no => `${no.target.join(' ')} (${no.failureSummary.split('\n').slice(1).join('; ').trim()})`),
        }));
    });
    return violacoes.flatMap(({ regra, ajuda, nos }) => {
        const mostrados = nos.slice(0, 4).map(no => `axe ${regra} (${ajuda}): ${no}`);
        return nos.length > 4 ? [...mostrados, `axe ${regra}: e mais ${nos.length - 4} elementos`] : mostrados;
    });
}

/**
 * O que passa da largura da janela sem que nada o deixe rolar. Olha elemento por
 * elemento: a folha do mdBook corta o que sobra, e a página nunca diria que rola.
 */
export async function larguraDemais(aba) {
    return aba.evaluate(() => {
        const largura = document.documentElement.clientWidth;
        const demais = [];
        if (document.documentElement.scrollWidth > largura) {
            demais.push(`a página rola para os lados: ${document.documentElement.scrollWidth} px em ${largura}`);
        }
        const rola = elemento => {
            for (let pai = elemento.parentElement; pai && pai !== document.body; pai = pai.parentElement) {
                if (/auto|scroll/.test(getComputedStyle(pai).overflowX) && pai.getBoundingClientRect().right <= largura + 0.5) {
                    return true;
                }
            }
            return false;
        };
        const largos = [];
        for (const elemento of document.querySelectorAll('.page *')) {
            if (elemento.closest('.so-leitor, .pular, .buttons, svg *') || !elemento.checkVisibility({ visibilityProperty: true })) {
                continue;
            }
            const caixa = elemento.getBoundingClientRect();
            // O texto pode sair da caixa sem que a caixa saia da janela.
            const direita = elemento.clientWidth > 0 && !/auto|scroll/.test(getComputedStyle(elemento).overflowX)
                ? Math.max(caixa.right, caixa.left + elemento.scrollWidth)
                : caixa.right;
            if (caixa.width > 0 && caixa.height > 0 && (direita > largura + 0.5 || caixa.left < -0.5) && !rola(elemento)) {
                largos.push(elemento);
            }
        }
        // Só os de dentro: quem os contém passa da janela por causa deles.
        for (const elemento of largos.filter(um => !largos.some(outro => outro !== um && um.contains(outro)))) {
            demais.push(`passa da largura da janela (${largura} px): <${elemento.tagName.toLowerCase()} class="${elemento.getAttribute('class') ?? ''}"> “${elemento.textContent.trim().replace(/\s+/g, ' ').slice(0, 40)}”`);
        }
        return demais.slice(0, 5);
    });
}

/** O que rola para os lados tem de receber o foco e dizer o que é. */
export async function rolaveis(aba) {
    return aba.evaluate(() => [...document.querySelectorAll('main *')]
        .filter(elemento => /auto|scroll/.test(getComputedStyle(elemento).overflowX)
            && elemento.scrollWidth > elemento.clientWidth
            && !(elemento.tabIndex === 0 && elemento.getAttribute('aria-label') && elemento.getAttribute('role')))
        .map(elemento => `rola, mas o teclado não o alcança ou ele não tem nome: “${elemento.textContent.trim().replace(/\s+/g, ' ').slice(0, 40)}”`));
}

/** Texto em inglês na interface: tudo o que não é conteúdo do livro. */
export async function ingles(aba) {
    const frases = await aba.evaluate(() => {
        const frases = [document.documentElement.lang];
        const doLivro = 'main, script, style, template, noscript, #mdbook-sidebar, .vizinho, .menu-title, #mdbook-searchresults';
        const passeio = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (passeio.nextNode()) {
            if (!passeio.currentNode.parentElement.closest(doLivro)) {
                frases.push(passeio.currentNode.textContent.trim());
            }
        }
        for (const nome of ['title', 'aria-label', 'aria-description', 'aria-roledescription', 'placeholder', 'alt']) {
            for (const elemento of document.querySelectorAll(`[${nome}]`)) {
                if (!elemento.closest('main figure svg')) {
                    frases.push(elemento.getAttribute(nome));
                }
            }
        }
        return frases.filter(frase => frase);
    });
    const titulos = await aba.evaluate(() => [...document.querySelectorAll('.blockquote-tag-title')]
        .map(titulo => titulo.textContent.trim()));
    const problemas = frases.slice(1)
        .filter(frase => INGLES.test(frase))
        .map(frase => `inglês na interface: “${frase}”`);
    if (frases[0] !== 'pt-BR') {
        problemas.push(`a língua da página é “${frases[0]}”, e não “pt-BR”`);
    }
    for (const titulo of titulos) {
        if (!ADMONICOES.includes(titulo)) {
            problemas.push(`admonição sem tradução: “${titulo}”`);
        }
    }
    return problemas;
}

/** O tema em uso e se o fundo combina com ele. */
export async function tema(aba, esperado) {
    const { classes, claridade } = await aba.evaluate(() => {
        const cor = getComputedStyle(document.body).backgroundColor === 'rgba(0, 0, 0, 0)'
            ? getComputedStyle(document.documentElement).backgroundColor
            : getComputedStyle(document.body).backgroundColor;
        const [vermelho, verde, azul] = cor.match(/[\d.]+/g).map(Number);
        return {
            classes: document.documentElement.className,
            claridade: (vermelho * 0.299 + verde * 0.587 + azul * 0.114) / 255,
        };
    });
    const problemas = [];
    if (classes.includes('js') && !classes.split(' ').includes(esperado)) {
        problemas.push(`o tema devia ser “${esperado}”, e as classes são “${classes}”`);
    }
    if ((claridade > 0.5) !== (esperado === 'claro')) {
        problemas.push(`o fundo não é o do tema ${esperado}`);
    }
    return problemas;
}

/** A página tem de se ler inteira sem JavaScript, com um caminho para o sumário. */
export async function semScript(aba) {
    return aba.evaluate(() => {
        const problemas = [];
        const visivel = elemento => elemento && elemento.checkVisibility({ visibilityProperty: true })
            && elemento.getBoundingClientRect().right > 0;
        const conteudo = document.querySelector('main');
        if (!visivel(conteudo) || conteudo.innerText.trim().length < 20) {
            problemas.push('sem JavaScript o conteúdo não aparece');
        }
        if (document.documentElement.classList.contains('js')) {
            problemas.push('a página rodou JavaScript onde ele estava desligado');
        }
        const caminhos = [document.querySelector('iframe.sidebar-iframe-outer'), document.querySelector('a[href$="toc.html"]')];
        if (!document.body.classList.contains('sidebar-iframe-inner') && !caminhos.some(visivel)) {
            problemas.push('sem JavaScript não há caminho para o sumário');
        }
        return problemas;
    });
}

/** O menor contraste do contorno de quem tem o foco com o que está em volta (WCAG 1.4.11). */
const CONTRASTE_DO_FOCO = 3;

/**
 * Tudo o que recebe o foco mostra que o tem: um contorno de 2 px ou mais, que se distingue
 * do fundo e que ninguém corta. E a ordem do foco é a da página: sem tabindex positivo.
 */
export async function foco(aba) {
    // A última coisa usada tem de ser o teclado, ou o navegador não mostra o foco.
    await aba.keyboard.press('Tab');
    const problemas = await aba.evaluate(menor => {
        const canais = cor => cor.match(/[\d.]+/g).map(Number);
        const luz = cor => {
            const [vermelho, verde, azul] = canais(cor).slice(0, 3).map(canal => {
                const parte = canal / 255;
                return parte <= 0.04045 ? parte / 12.92 : ((parte + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * vermelho + 0.7152 * verde + 0.0722 * azul;
        };
        const contraste = (uma, outra) => {
            const [clara, escura] = [luz(uma), luz(outra)].sort((a, b) => b - a);
            return (clara + 0.05) / (escura + 0.05);
        };
        const fundo = elemento => {
            for (let atual = elemento; atual; atual = atual.parentElement) {
                const cor = getComputedStyle(atual).backgroundColor;
                if ((canais(cor)[3] ?? 1) > 0.99) {
                    return cor;
                }
            }
            return getComputedStyle(document.documentElement).getPropertyValue('--bg').trim() || 'rgb(255, 255, 255)';
        };
        const quem = elemento => `<${elemento.tagName.toLowerCase()} class="${elemento.getAttribute('class') ?? ''}"> “${(elemento.getAttribute('aria-label') ?? elemento.textContent).trim().replace(/\s+/g, ' ').slice(0, 40)}”`;
        const problemas = new Set();
        const antes = document.activeElement;
        for (const elemento of document.querySelectorAll('a[href], button, input, summary, [tabindex]')) {
            if (elemento.tabIndex > 0) {
                problemas.add(`sai da ordem do foco (tabindex ${elemento.tabIndex}): ${quem(elemento)}`);
            }
            if (elemento.tabIndex < 0 || elemento.disabled || !elemento.checkVisibility({ visibilityProperty: true })) {
                continue;
            }
            elemento.focus({ preventScroll: true });
            if (document.activeElement !== elemento) {
                continue;
            }
            const desenhado = elemento.closest('svg') !== null;
            const contornado = desenhado ? elemento.querySelector(':not(text)') : elemento;
            const estilo = getComputedStyle(contornado);
            const cor = desenhado ? estilo.stroke : estilo.outlineColor;
            const largura = parseFloat(desenhado ? estilo.strokeWidth : estilo.outlineWidth);
            const recuo = desenhado ? 0 : parseFloat(estilo.outlineOffset);
            if (!elemento.matches(':focus-visible') || !desenhado && estilo.outlineStyle === 'none' || !(largura >= 2)) {
                problemas.add(`recebe o foco e não o mostra: ${quem(elemento)}`);
                continue;
            }
            // Por dentro, o contorno fica sobre o próprio elemento; por fora, sobre quem o contém.
            const sobre = fundo(recuo < 0 ? elemento : elemento.parentElement);
            const valor = contraste(cor, sobre);
            if (valor < menor) {
                problemas.add(`o contorno do foco tem contraste ${valor.toFixed(1)} com o fundo (${cor} em ${sobre}): ${quem(elemento)}`);
            }
            const caixa = elemento.getBoundingClientRect();
            const fora = Math.max(0, recuo + largura) - 0.5;
            // O que rola traz o contorno para a vista: dali para fora ninguém mais o corta.
            const rola = { x: false, y: false };
            for (let pai = elemento.parentElement; !desenhado && pai && pai !== document.body; pai = pai.parentElement) {
                const { overflowX, overflowY } = getComputedStyle(pai);
                const limite = pai.getBoundingClientRect();
                const passaAoLado = caixa.left - fora < limite.left || caixa.right + fora > limite.right;
                const passaEmPe = caixa.top - fora < limite.top || caixa.bottom + fora > limite.bottom;
                rola.x ||= /auto|scroll/.test(overflowX);
                rola.y ||= /auto|scroll/.test(overflowY);
                if (!rola.x && /hidden|clip/.test(overflowX) && passaAoLado || !rola.y && /hidden|clip/.test(overflowY) && passaEmPe) {
                    problemas.add(`o contorno do foco é cortado por <${pai.tagName.toLowerCase()} class="${pai.getAttribute('class') ?? ''}">: ${quem(elemento)}`);
                    break;
                }
            }
        }
        antes?.focus?.({ preventScroll: true });
        return [...problemas];
    }, CONTRASTE_DO_FOCO);
    return problemas.slice(0, 6);
}

/**
 * Cada cena, ouvida como um leitor de tela a lê: só o que está à vista ou posto para ele,
 * na ordem do documento. O título vem antes; cada passo começa por quem fala; quem fala é
 * o terminal da coluna em que o passo está; e a ordem em que se ouve é a em que se vê.
 */
export async function cenas(aba) {
    return aba.evaluate(() => {
        const problemas = [];
        const ouvido = raiz => {
            const trechos = [];
            const passeio = document.createTreeWalker(raiz, NodeFilter.SHOW_TEXT);
            while (passeio.nextNode()) {
                const { parentElement: dono, textContent: texto } = passeio.currentNode;
                if (texto.trim() && !dono.closest('[aria-hidden="true"]') && dono.checkVisibility({ visibilityProperty: true })) {
                    trechos.push(texto.trim());
                }
            }
            return trechos;
        };
        for (const cena of document.querySelectorAll('main .cena')) {
            // A que está fechada não se ouve.
            if (!cena.checkVisibility()) {
                continue;
            }
            const acusar = frase => problemas.push(`a cena ${cena.id} ${frase}`);
            const titulo = cena.querySelector('figcaption')?.textContent.trim();
            if (!titulo || ouvido(cena)[0] !== titulo) {
                acusar(`começa por “${ouvido(cena)[0]}”, e não pelo título`);
            }
            const nomes = [...cena.querySelectorAll('.terminal-nome')].map(nome => nome.textContent.trim());
            if (new Set(nomes).size !== nomes.length || nomes.some(nome => !nome)) {
                acusar(`tem terminais sem nome ou de mesmo nome: ${nomes.join(', ')}`);
            }
            if (nomes.length > 1 && nomes.some((nome, i) => !nome.startsWith(`Terminal ${i + 1} · `))) {
                acusar(`não numera os seus terminais: ${nomes.join(', ')}`);
            }
            let acima = -Infinity;
            for (const passo of cena.querySelectorAll('.passo')) {
                const numero = Number(/\bterminal-(\d)\b/.exec(passo.className)?.[1]);
                const [primeiro, ...resto] = ouvido(passo);
                if (!primeiro || primeiro !== nomes[numero - 1]) {
                    acusar(`tem um passo do terminal ${numero} que se ouve como “${primeiro}”, e não “${nomes[numero - 1]}”`);
                }
                if (resto.length === 0) {
                    acusar(`tem um passo em que “${primeiro}” não diz nada`);
                }
                const { top } = passo.getBoundingClientRect();
                if (top < acima) {
                    acusar(`tem um passo que se vê antes do que se ouve antes dele: “${resto.join(' ').slice(0, 40)}”`);
                }
                acima = top;
            }
        }
        return problemas.slice(0, 5);
    });
}

/** O nome e a descrição de cada desenho do texto, e os rótulos que ele mostra. */
export async function desenhos(aba) {
    return aba.evaluate(() => [...document.querySelectorAll('main svg:not([aria-hidden="true"])')].map(svg => {
        const ligado = atributo => {
            const alvo = document.getElementById(svg.getAttribute(atributo) ?? '');
            return svg.contains(alvo) ? alvo.textContent.trim() : '';
        };
        const figura = svg.closest('figure');
        return {
            id: figura?.id ?? '',
            papel: svg.getAttribute('role'),
            nome: ligado('aria-labelledby'),
            descricao: ligado('aria-describedby'),
            grafico: figura?.classList.contains('grafico') ?? false,
            dados: figura?.nextElementSibling?.classList.contains('dados') ?? false,
            rotulos: [...svg.querySelectorAll('text')].map(texto => texto.textContent.trim()),
        };
    }));
}
