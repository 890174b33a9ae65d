// O que o leitor faz na página: teclado, busca, temas, ajuda, copiar.

import { acessibilidade, ingles, ir, larguraDemais, novaAba } from './pagina.mjs';

/** Quanto se espera por algo que tem de acontecer: muito, porque a máquina pode estar ocupada. */
export const ESPERA = 60_000;

/** As consultas que têm de achar a mesma coisa, e o começo do que se destaca. */
const BUSCAS = [
    { consultas: ['conexao', 'Conexões', 'CONEXÃO', 'conexões', 'conexão'], destaque: 'conex' },
    { consultas: ['endereco', 'endereços', 'ENDEREÇO'], destaque: 'enderec' },
];

/** Mensagens que alguém cola inteiras, e a entrada do atlas que tem de vir primeiro. */
const MENSAGENS = [
    ['Address already in use (os error 98)', 'eaddrinuse'],
    ['Only one usage of each socket address (protocol/network address/port) is normally permitted. (os error 10048)', 'eaddrinuse'],
    ['Endereço já em uso', 'eaddrinuse'],
    ['Connection reset by peer', 'econnreset'],
    ['ConnectionRefusedError: [Errno 111] Connection refused', 'econnrefused'],
];

const dobrar = texto => texto.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

async function esperar(aba, funcao, ...dados) {
    return aba.waitForFunction(funcao, { timeout: ESPERA, polling: 50 }, ...dados)
        .then(() => true, () => false);
}

const focado = aba => aba.evaluate(() => document.activeElement?.id || document.activeElement?.className || '');

/** Todos os comportamentos, em `pagina`; o de copiar, em `codigo`. Devolve frases. */
export async function conferirComportamento(navegador, base, pagina, permitidos, codigo) {
    const problemas = [];
    const partes = [
        ['pular para o conteúdo', pularParaOConteudo, pagina],
        ['barra lateral pelo teclado', barraLateral, pagina],
        ['busca', busca, pagina],
        ['temas', temas, pagina],
        ['ajuda do teclado', ajuda, pagina],
        ['setas em um bloco que rola', setas, pagina],
        ['copiar', copiar, codigo],
    ];
    for (const [nome, parte, onde] of partes) {
        if (onde === null) {
            problemas.push(`${nome}: nenhuma página tem um bloco de código`);
            continue;
        }
        const sessao = await novaAba(navegador, permitidos, { largura: 900 });
        try {
            await ir(sessao.aba, base + onde);
            problemas.push(...(await parte(sessao.aba)).map(frase => `${nome}: ${frase}`));
            problemas.push(...(await ingles(sessao.aba)).map(frase => `${nome}: ${frase}`));
        } catch (erro) {
            problemas.push(`${nome}: a verificação não chegou ao fim: ${erro.message.split('\n')[0]}`);
        } finally {
            problemas.push(...sessao.recolher().map(frase => `${nome}: ${frase}`));
            await sessao.fechar();
        }
    }
    return problemas;
}

async function pularParaOConteudo(aba) {
    await aba.keyboard.press('Tab');
    if (await focado(aba) !== 'pular') {
        return [`a primeira tecla Tab leva a “${await focado(aba)}”, e não ao link de pular`];
    }
    const visivel = await aba.evaluate(() => document.activeElement.getBoundingClientRect().top >= 0);
    await aba.keyboard.press('Enter');
    const chegou = await esperar(aba, () => document.activeElement === document.querySelector('main'));
    return [
        ...(visivel ? [] : ['o link de pular não aparece ao receber o foco']),
        ...(chegou ? [] : [`o foco ficou em “${await focado(aba)}”, e não no conteúdo`]),
    ];
}

async function barraLateral(aba) {
    const estado = () => aba.evaluate(() => {
        const barra = document.getElementById('mdbook-sidebar');
        const caixa = barra.getBoundingClientRect();
        return {
            aberta: caixa.right > 0 && caixa.width > 0 && barra.checkVisibility({ visibilityProperty: true }),
            anunciada: document.getElementById('mdbook-sidebar-toggle').getAttribute('aria-expanded'),
            dentro: barra.contains(document.activeElement),
        };
    });
    const problemas = [];
    let agora = await estado();
    if (agora.aberta || agora.anunciada !== 'false') {
        problemas.push(`em 900 px devia começar fechada (aria-expanded é ${agora.anunciada})`);
    }
    let alcancou = false;
    for (let vez = 0; vez < 12 && !alcancou; vez += 1) {
        await aba.keyboard.press('Tab');
        if ((await estado()).dentro) {
            problemas.push('fechada, a barra ainda recebe o foco');
        }
        alcancou = await focado(aba) === 'mdbook-sidebar-toggle';
    }
    if (!alcancou) {
        return [...problemas, 'a tecla Tab não alcança o botão'];
    }
    for (const tecla of ['Enter', 'Space']) {
        await aba.focus('#mdbook-sidebar-toggle');
        await aba.keyboard.press(tecla);
        const abriu = await esperar(aba, () => {
            const barra = document.getElementById('mdbook-sidebar');
            return barra.getBoundingClientRect().left >= 0 && barra.checkVisibility({ visibilityProperty: true });
        });
        agora = await estado();
        if (!abriu || agora.anunciada !== 'true') {
            problemas.push(`${tecla} não a abre (aria-expanded é ${agora.anunciada})`);
        }
        if (!agora.dentro) {
            problemas.push(`${tecla} a abre, mas o foco não vai para ela`);
        }
        await aba.keyboard.press('Escape');
        await esperar(aba, () => !document.getElementById('mdbook-sidebar').checkVisibility({ visibilityProperty: true }));
        agora = await estado();
        if (agora.aberta || agora.anunciada !== 'false' || await focado(aba) !== 'mdbook-sidebar-toggle') {
            problemas.push('Esc não a fecha, ou não devolve o foco ao botão');
        }
    }
    return problemas;
}

async function busca(aba) {
    const problemas = [];
    await aba.keyboard.press('/');
    if (!await esperar(aba, () => document.activeElement?.id === 'mdbook-searchbar')) {
        return ['a tecla / não abre a busca'];
    }
    const procurar = async consulta => {
        await aba.evaluate(() => {
            document.getElementById('mdbook-searchbar').value = '';
            document.getElementById('mdbook-searchresults-header').textContent = '';
        });
        await aba.focus('#mdbook-searchbar');
        await aba.keyboard.type(consulta);
        const respondeu = await esperar(aba, procurado => document.getElementById('mdbook-searchresults-header').textContent.includes(`“${procurado}”`), consulta);
        return respondeu && aba.evaluate(() => ({
            resumo: document.getElementById('mdbook-searchresults-header').textContent,
            primeiro: document.querySelector('#mdbook-searchresults a')?.href,
            enderecos: [...document.querySelectorAll('#mdbook-searchresults a')]
                .map(link => link.href.replace(/\?[^#]*/, '')).sort(),
            destaques: [...document.querySelectorAll('#mdbook-searchresults .teaser em')].map(em => em.textContent),
        }));
    };
    for (const { consultas, destaque } of BUSCAS) {
        let primeira = null;
        for (const consulta of consultas) {
            const achado = await procurar(consulta);
            if (!achado) {
                problemas.push(`“${consulta}” não dá resposta`);
                continue;
            }
            if (!/^\d+ resultados? para “/.test(achado.resumo) || achado.enderecos.length === 0) {
                problemas.push(`“${consulta}” não acha nada: ${achado.resumo}`);
                continue;
            }
            if (!achado.destaques.some(texto => dobrar(texto).includes(destaque))) {
                problemas.push(`“${consulta}” não destaca nada que comece com “${destaque}”: ${achado.destaques.join(', ')}`);
            }
            primeira ??= achado;
            if (achado.enderecos.join() !== primeira.enderecos.join()) {
                problemas.push(`“${consulta}” acha ${achado.enderecos.length} lugares, e “${consultas[0]}”, ${primeira.enderecos.length}`);
            }
        }
    }
    for (const [mensagem, ancora] of MENSAGENS) {
        const achado = await procurar(mensagem);
        const primeiro = achado?.primeiro?.replace(/\?[^#]*/, '');
        if (!primeiro?.endsWith(`/apendices/atlas.html#${ancora}`)) {
            problemas.push(`colar “${mensagem}” não leva primeiro a #${ancora} do atlas: ${primeiro}`);
        }
    }
    const nada = await procurar('xilofone7');
    if (!nada || nada.resumo !== 'Nada encontrado para “xilofone7”.' || nada.enderecos.length > 0) {
        problemas.push(`o que não existe devia dar “Nada encontrado”, e dá: ${nada?.resumo}`);
    }
    problemas.push(...await ingles(aba));

    // O resultado leva à página, com as palavras destacadas.
    await procurar('Conexões');
    const destino = await aba.evaluate(() => document.querySelector('#mdbook-searchresults a')?.href);
    if (destino) {
        await ir(aba, destino);
        const marcadas = await aba.evaluate(() => [...document.querySelectorAll('main mark')].map(marca => marca.textContent));
        if (!marcadas.some(texto => dobrar(texto).startsWith('conex'))) {
            problemas.push(`a página do resultado não destaca a palavra procurada: ${destino}`);
        }
        if (marcadas.some(texto => !dobrar(texto).startsWith('conex'))) {
            problemas.push(`a página do resultado destaca o que não se procurou: ${marcadas.join(', ')}`);
        }
    }
    return problemas;
}

async function temas(aba) {
    const problemas = [];
    const classe = () => aba.evaluate(() => ['claro', 'escuro'].filter(nome => document.documentElement.classList.contains(nome)).join());
    const escolher = async indice => {
        await aba.focus('#mdbook-theme-toggle');
        await aba.keyboard.press('Enter');
        await aba.keyboard.press('Home');
        for (let vez = 0; vez < indice; vez += 1) {
            await aba.keyboard.press('ArrowDown');
        }
        await aba.keyboard.press('Enter');
        const marcado = await aba.evaluate(() => [...document.querySelectorAll('#mdbook-theme-list [aria-checked="true"]')].map(item => item.textContent).join());
        await aba.keyboard.press('Escape');
        return marcado;
    };
    const itens = await aba.evaluate(() => [...document.querySelectorAll('#mdbook-theme-list button')].map(item => item.textContent));
    if (itens.join() !== 'Automático,Claro,Escuro') {
        problemas.push(`o menu tem “${itens.join(', ')}”`);
    }
    const casos = [[2, 'Escuro', 'escuro'], [1, 'Claro', 'claro']];
    for (const [indice, nome, esperado] of casos) {
        const marcado = await escolher(indice);
        if (await classe() !== esperado || marcado !== nome) {
            problemas.push(`escolher ${nome} pelo teclado dá o tema “${await classe()}” e a marca em “${marcado}”`);
        }
        await aba.reload({ waitUntil: 'load' });
        if (await classe() !== esperado) {
            problemas.push(`a escolha de ${nome} se perde ao recarregar`);
        }
    }
    // Com a escolha em Claro, o sistema escuro não manda; em Automático, manda.
    const sistema = valor => aba.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: valor }]);
    await sistema('dark');
    if (await classe() !== 'claro') {
        problemas.push('o sistema escuro passou por cima da escolha do leitor');
    }
    await escolher(0);
    if (await classe() !== 'escuro') {
        problemas.push('em Automático, o tema não é o do sistema');
    }
    await sistema('light');
    if (!await esperar(aba, () => document.documentElement.classList.contains('claro'))) {
        problemas.push('em Automático, o tema não acompanha a mudança do sistema');
    }
    // O tema que outro livro gravou no mesmo endereço não existe aqui.
    await aba.evaluate(() => localStorage.setItem('mdbook-theme', 'navy'));
    await aba.reload({ waitUntil: 'load' });
    if (await classe() !== 'claro') {
        problemas.push(`com o tema de outro livro gravado, o daqui é “${await classe()}”`);
    }
    await aba.evaluate(() => localStorage.clear());
    return problemas;
}

async function ajuda(aba) {
    const aberta = () => aba.evaluate(() => document.getElementById('mdbook-help-popup').checkVisibility());
    const problemas = [];
    await aba.keyboard.press('?');
    if (!await aberta() || await focado(aba) !== 'mdbook-help-popup') {
        problemas.push('a tecla ? não a abre, ou não lhe dá o foco');
    }
    await aba.keyboard.press('Escape');
    if (await aberta()) {
        problemas.push('Esc não a fecha');
    }
    return problemas;
}

/** Em um bloco que rola, a seta o rola; em book.js, ela troca de capítulo. */
async function setas(aba) {
    await aba.evaluate(() => {
        const bloco = document.createElement('div');
        bloco.className = 'table-wrapper';
        bloco.innerHTML = '<div style="width: 300vw">larga</div>';
        document.querySelector('main').prepend(bloco);
        document.dispatchEvent(new Event('DOMContentLoaded'));
    });
    // O bloco chegou depois da página: só o evento de novo o alcança, como aos outros.
    if (!await esperar(aba, () => document.querySelector('main .table-wrapper').tabIndex === 0)) {
        return ['o bloco que rola não recebe o foco'];
    }
    const endereco = aba.url();
    await aba.focus('main .table-wrapper');
    await aba.keyboard.press('ArrowRight');
    const rolou = await esperar(aba, () => document.querySelector('main .table-wrapper')?.scrollLeft > 0);
    return rolou && aba.url() === endereco ? [] : [`a seta para a direita não rola o bloco; a página é ${aba.url()}`];
}

async function copiar(aba) {
    await aba.focus('pre .clip-button');
    const nome = await aba.evaluate(() => document.activeElement.getAttribute('aria-label'));
    const visivel = await aba.evaluate(() => document.activeElement.checkVisibility({ visibilityProperty: true }));
    await aba.keyboard.press('Enter');
    const avisou = await esperar(aba, () => document.getElementById('aviso').textContent === 'Copiado!');
    return [
        ...(nome === 'Copiar o código' ? [] : [`o botão se chama “${nome}”`]),
        ...(visivel ? [] : ['o botão não aparece ao receber o foco']),
        ...(avisou ? [] : ['acionado pelo teclado, o botão não responde “Copiado!”']),
    ];
}

/** As caixas de cada figura que levam a uma função: pelo teclado e pelo meio da caixa. Devolve frases. */
export async function conferirCaixas(navegador, base, pagina, permitidos) {
    const problemas = [];
    const sessao = await novaAba(navegador, permitidos, { largura: 360, altura: 740 });
    const { aba } = sessao;
    const listagem = () => aba.evaluate(() => document.querySelector(':target')?.className ?? '');
    try {
        await ir(aba, base + pagina);
        const quantas = await aba.evaluate(() => document.querySelectorAll('.figura a').length);
        for (let vez = 0; vez < quantas; vez += 1) {
            await ir(aba, base + pagina);
            const antes = await aba.evaluate(qual => {
                const caixa = document.querySelectorAll('.figura a')[qual];
                const forma = caixa.querySelector(':not(text)');
                caixa.scrollIntoView({ block: 'center' });
                const { left, top, width, height } = forma.getBoundingClientRect();
                // Um ponto entre a borda e o texto, onde só há o fundo.
                const ponto = document.elementFromPoint(left + width / 2, top + 4);
                return {
                    nome: caixa.getAttribute('aria-label'),
                    traco: getComputedStyle(forma).strokeWidth,
                    alta: height,
                    clicavel: caixa.contains(ponto),
                };
            }, vez);
            // O foco chega com a tecla Tab, vindo de quem está antes.
            await aba.evaluate(qual => {
                document.querySelectorAll('.figura a')[qual].focus();
            }, vez);
            await aba.keyboard.press('Tab');
            await aba.keyboard.down('Shift');
            await aba.keyboard.press('Tab');
            await aba.keyboard.up('Shift');
            const depois = await aba.evaluate(qual => {
                const caixa = document.querySelectorAll('.figura a')[qual];
                return {
                    focada: document.activeElement === caixa,
                    traco: getComputedStyle(caixa.querySelector(':not(text)')).strokeWidth,
                };
            }, vez);
            await aba.keyboard.press('Enter');
            const chegou = await esperar(aba, () => document.querySelector(':target') !== null);
            const falhas = [
                [antes.alta >= 24, `tem ${antes.alta} px de altura em 360 px: é pouco para o dedo`],
                [antes.clicavel, 'não responde ao clique fora do texto'],
                [depois.focada, 'não recebe o foco pelo teclado'],
                [depois.traco !== antes.traco, 'não muda ao receber o foco'],
                [chegou && await listagem() === 'listagem', 'não leva a uma listagem'],
            ];
            problemas.push(...falhas.filter(([certo]) => !certo).map(([, frase]) => `a caixa “${antes.nome}” ${frase}`));
        }
    } catch (erro) {
        problemas.push(`a verificação não chegou ao fim: ${erro.message.split('\n')[0]}`);
    } finally {
        problemas.push(...sessao.recolher());
        await sessao.fechar();
    }
    return problemas;
}

const PROJETORES = [
    { nome: '1280 claro', largura: 1280, altura: 720, escuro: false },
    { nome: '1280 escuro', largura: 1280, altura: 720, escuro: true },
    { nome: '1024×768 claro', largura: 1024, altura: 768, escuro: false },
    { nome: '1024×768 escuro', largura: 1024, altura: 768, escuro: true },
];

/** O menor corpo, em px, do que se projeta: texto, código e cenas, e letra das figuras. */
const CORPOS_GRANDES = { 'main p': 23, 'main pre > code': 19, '.tela': 19 };

/** O estado da letra grande e o tamanho do que ela aumenta. */
function medidas(aba, seletores) {
    return aba.evaluate(seletores => {
        const botao = document.getElementById('letra-grande');
        const figura = document.querySelector('.figura:not(.grafico) svg text');
        return {
            ligada: document.documentElement.classList.contains('letra-grande'),
            anunciada: botao.getAttribute('aria-pressed'),
            visivel: botao.checkVisibility(),
            barra: document.getElementById('mdbook-sidebar').checkVisibility({ visibilityProperty: true }),
            corpos: Object.fromEntries(seletores.map(seletor => [seletor, parseFloat(getComputedStyle(document.querySelector(seletor)).fontSize)])),
            figura: figura.getBoundingClientRect().height,
        };
    }, seletores);
}

/** A letra grande, pelo botão e pela tecla, nas páginas que têm de tudo. Devolve frases. */
export async function conferirLetraGrande(navegador, base, paginas, permitidos, axe) {
    const problemas = [];
    const seletores = Object.keys(CORPOS_GRANDES);
    if (paginas.length < 2) {
        return ['faltam páginas com cenas, figuras e listagens'];
    }
    const [pagina, outra] = paginas;
    for (const tela of PROJETORES) {
        const acusar = frase => problemas.push(`${frase} (${tela.nome})`);
        const sessao = await novaAba(navegador, permitidos, tela);
        const { aba } = sessao;
        try {
            await ir(aba, base + pagina);
            const antes = await medidas(aba, seletores);
            if (antes.ligada || antes.anunciada !== 'false' || !antes.visivel) {
                acusar(`devia começar desligada e à vista: ${JSON.stringify(antes)}`);
            }
            await aba.keyboard.press('g');
            const depois = await medidas(aba, seletores);
            if (!depois.ligada || depois.anunciada !== 'true') {
                acusar(`a tecla G não a liga, ou não o diz (aria-pressed é ${depois.anunciada})`);
            }
            if (depois.barra) {
                acusar('a barra lateral continua aberta');
            }
            for (const [seletor, menor] of Object.entries(CORPOS_GRANDES)) {
                if (depois.corpos[seletor] < menor || depois.corpos[seletor] < antes.corpos[seletor] * 1.3) {
                    acusar(`${seletor} vai de ${antes.corpos[seletor]} a ${depois.corpos[seletor]} px, e devia passar de ${menor}`);
                }
            }
            if (depois.figura < antes.figura * 1.3) {
                acusar(`a letra das figuras vai de ${antes.figura.toFixed(1)} a ${depois.figura.toFixed(1)} px`);
            }
            // A escolha fica: na página seguinte e ao recarregar.
            await ir(aba, base + outra);
            const lembrada = await medidas(aba, seletores);
            if (!lembrada.ligada || lembrada.anunciada !== 'true' || lembrada.barra) {
                acusar('a página seguinte não se lembra dela');
            }
            for (const grande of paginas.slice(0, 6)) {
                await ir(aba, base + grande);
                problemas.push(...(await larguraDemais(aba)).map(frase => `${grande}: ${frase} (${tela.nome})`));
            }
            problemas.push(...(await acessibilidade(aba, axe)).map(frase => `${frase} (${tela.nome})`));
            // O botão a desliga, e o que se escreve na busca não a liga.
            await aba.focus('#letra-grande');
            await aba.keyboard.press('Enter');
            const fim = await medidas(aba, seletores);
            if (fim.ligada || fim.anunciada !== 'false' || fim.barra !== antes.barra) {
                acusar('o botão não a desliga, ou a barra lateral não volta');
            }
            await aba.keyboard.press('/');
            await esperar(aba, () => document.activeElement?.id === 'mdbook-searchbar');
            await aba.keyboard.type('g');
            if ((await medidas(aba, seletores)).ligada) {
                acusar('escrever um g na busca a liga');
            }
        } catch (erro) {
            acusar(`a verificação não chegou ao fim: ${erro.message.split('\n')[0]}`);
        } finally {
            problemas.push(...sessao.recolher());
            await sessao.fechar();
        }
    }
    const sessao = await novaAba(navegador, permitidos, { semScript: true });
    await ir(sessao.aba, base + pagina);
    if (await sessao.aba.evaluate(() => document.getElementById('letra-grande').checkVisibility())) {
        problemas.push('sem JavaScript o botão aparece, e não faz nada');
    }
    await sessao.fechar();
    return [...new Set(problemas)];
}
