#!/usr/bin/env node
// A nota do Lighthouse, o peso e a estabilidade de cada página do livro pronto.
//
//     node .ci/navegador/farol.mjs PASTA_DO_LIVRO [PÁGINA...]
//
// Serve a pasta em 127.0.0.1 comprimida e com cache, como um servidor de arquivos bem
// configurado, e olha página por página: o que ela transfere, com o cache frio e vindo de
// outra página; quanto ela se mexe enquanto carrega, em uma rede lenta; e a nota do
// Lighthouse (o perfil móvel padrão dele). Mostra tudo e sai com 1 se algo ficar
// abaixo do pedido, 2 se não deu para medir.

import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { abrirNavegador, acharChromium, servir } from './navegador.mjs';
import { ir, novaAba } from './pagina.mjs';

/** O tempo que tudo pode levar: dez vezes o de uma máquina comum. */
const PRAZO = Number(process.env.FAROL_PRAZO_S ?? 4800) * 1000;
const PRAZO_DE_UMA_RESPOSTA = 300_000;

/** A menor nota de cada categoria. Só a primeira depende da máquina. */
const NOTAS = { performance: 95, accessibility: 100, 'best-practices': 100 };
/** Quantas vezes se mede uma página cuja performance ficou abaixo; vale a mediana. */
const VEZES = 5;
/** E em quantas rodadas, no máximo; basta a mediana de uma. */
const RODADAS = 3;
/**
 * Quantas vezes o Lighthouse imagina que o celular é mais lento do que esta máquina, se o índice
 * dela é este ou maior. Em uma mais lenta, o que se mede de novo se mede com menos freio, como
 * ele recomenda: o celular imaginado é o mesmo em toda máquina.
 */
const FREIO = 4;
const MAQUINA_COMUM = 1500;
/** Quantas vezes se tenta uma medida que não chega ao fim: o que não se mediu ainda não tem nota. */
const TENTATIVAS = 3;

/** O maior peso, em bytes transferidos: na primeira visita e vindo de outra página. */
const PESO_FRIO = 300_000;
const PESO_QUENTE = 60_000;
/**
 * A página com o livro inteiro, que se abre para imprimir, tem o seu próprio limite: só o
 * texto dela, sem marcação nem figuras, já passa comprimido do das outras.
 */
const LIVRO_INTEIRO = 'print.html';
const PESO_DO_LIVRO_INTEIRO = 550_000;

/** Quanto a página pode se mexer (CLS): o “bom” é até 0,1; aqui nada se mexe à vista. */
const MAIOR_SALTO = 0.01;
/** Uma rede lenta: é nela que o que chega tarde empurra o que já se lia. */
const REDE_LENTA = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 90_000 };
const TELAS = [
    { nome: '360', largura: 360, altura: 740, toque: true },
    { nome: '1280', largura: 1280, altura: 900 },
];

/**
 * O que se pede ao Lighthouse: o perfil móvel dele, só com as três categorias e sem as
 * fotografias, que não dão nota. As esperas de depois da carga são menores que as dele
 * (1 s cada uma): aqui não há rede que demore nem script que comece depois.
 */
const PEDIDO = {
    onlyCategories: Object.keys(NOTAS),
    skipAudits: ['full-page-screenshot', 'screenshot-thumbnails', 'final-screenshot'],
    disableFullPageScreenshot: true,
    output: 'json',
    logLevel: 'silent',
    maxWaitForLoad: 30_000,
};
const ESPERAS = { pauseAfterFcpMs: 250, pauseAfterLoadMs: 250, networkQuietThresholdMs: 250, cpuQuietThresholdMs: 250 };

function desistir(texto) {
    console.error(`farol: ${texto}`);
    process.exit(2);
}

async function importar(nome) {
    try {
        return await import(nome);
    } catch {
        return desistir(`falta o pacote ${nome}; rode “npm ci” em .ci/navegador`);
    }
}

/** As páginas do sumário, na ordem dele. */
function capitulos(pasta) {
    const sumario = readFileSync(path.join(pasta, 'toc.html'), 'utf8');
    const paginas = [...sumario.matchAll(/<a href="([^"#]+\.html)"/g)].map(partes => decodeURI(partes[1]));
    return [...new Set(paginas)];
}

/** Uma aba nova, de cache frio, que conta os bytes que lhe chegam e o que se mexe nela. */
async function abaQueMede(navegador, base, tela) {
    const sessao = await novaAba(navegador, [base], tela);
    const cdp = await sessao.aba.createCDPSession();
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', REDE_LENTA);
    let total = 0;
    let chegando = new Set();
    cdp.on('Network.requestWillBeSent', ({ requestId }) => chegando.add(requestId));
    cdp.on('Network.loadingFailed', ({ requestId }) => chegando.delete(requestId));
    cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        // O que já vinha da página anterior não é desta.
        if (chegando.delete(requestId)) {
            total += encodedDataLength;
        }
    });
    await sessao.aba.evaluateOnNewDocument(() => {
        window.saltos = [];
        new PerformanceObserver(lista => {
            for (const { value, sources } of lista.getEntries()) {
                const quem = sources.map(({ node }) => node?.nodeName?.toLowerCase() + (node?.className ? `.${node.className}` : ''));
                window.saltos.push({ value, quem });
            }
        }).observe({ type: 'layout-shift', buffered: true });
    });
    /** Vai a `url`; devolve os bytes que ela transferiu, o quanto se mexeu e quem se mexeu. */
    const medir = async url => {
        total = 0;
        chegando = new Set();
        await ir(sessao.aba, url);
        const limite = Date.now() + 5000;
        while (chegando.size > 0 && Date.now() < limite) {
            await new Promise(resolver => setTimeout(resolver, 20));
        }
        const saltos = await sessao.aba.evaluate(async () => {
            // Duas pinturas: a segunda já tem o que a primeira mexeu.
            await new Promise(resolver => requestAnimationFrame(() => requestAnimationFrame(resolver)));
            return window.saltos;
        });
        return {
            bytes: total,
            salto: saltos.reduce((soma, { value }) => soma + value, 0),
            quem: [...new Set(saltos.flatMap(({ quem }) => quem))].slice(0, 4),
        };
    };
    return { sessao, medir };
}

/**
 * O peso de `pagina` com o cache frio; o de `outra`, a quem vem dela; e o quanto a
 * primeira se mexe, em cada tela. Cada tela é um navegador novo.
 */
async function peso(navegador, base, pagina, outra) {
    const problemas = [];
    const saltos = [];
    let frio = 0;
    let quente = 0;
    for (const tela of TELAS) {
        const { sessao, medir } = await abaQueMede(navegador, base, tela);
        try {
            const { bytes, salto, quem } = await medir(base + pagina);
            frio = Math.max(frio, bytes);
            saltos.push({ tela: tela.nome, salto, quem });
            if (tela === TELAS[0]) {
                quente = (await medir(base + outra)).bytes;
            }
            problemas.push(...sessao.recolher());
        } finally {
            await sessao.fechar();
        }
    }
    return { frio, quente, saltos, problemas: [...new Set(problemas)] };
}

const mediana = numeros => [...numeros].sort((a, b) => a - b)[Math.floor(numeros.length / 2)];

/** O freio em uma máquina de índice `indice`. */
const freioPara = indice => Math.max(1, FREIO * Math.min(1, indice / MAQUINA_COMUM));

/** As notas de uma página, as auditorias que as baixaram e o índice da máquina. */
async function umaNota(lighthouse, url, porta, config, freio = FREIO) {
    const pedido = { ...PEDIDO, port: porta, throttling: { cpuSlowdownMultiplier: freio } };
    let lhr;
    let falha;
    for (let vez = 0; vez < TENTATIVAS; vez += 1) {
        ({ lhr } = await lighthouse(url, pedido, config));
        falha = lhr.runtimeError?.message;
        if (!falha && Object.keys(NOTAS).every(categoria => lhr.categories[categoria].score !== null)) {
            break;
        }
    }
    if (falha) {
        throw new Error(falha);
    }
    const notas = {};
    const perdas = {};
    for (const categoria of Object.keys(NOTAS)) {
        notas[categoria] = Math.round(lhr.categories[categoria].score * 100);
        perdas[categoria] = lhr.categories[categoria].auditRefs
            .map(({ id, weight }) => ({ ...lhr.audits[id], weight }))
            .filter(({ weight, score }) => weight > 0 && score !== null && score < 1)
            .map(({ id, title, score, displayValue, details }) => {
                const onde = (details?.items ?? []).slice(0, 3)
                    .map(item => item.node?.snippet ?? item.description ?? item.value ?? item.sourceLocation?.url ?? '')
                    .filter(texto => texto);
                return `${id} (${title}): ${Math.round(score * 100)}${displayValue ? `, ${displayValue}` : ''}${onde.length > 0 ? ` em ${onde.join(' | ')}` : ''}`;
            });
    }
    return { notas, perdas, indice: lhr.environment.benchmarkIndex };
}

/**
 * As notas de uma página. A performance que não chega é medida de novo, em rodadas: outro
 * trabalho na máquina só a baixa, e pode durar uma rodada inteira.
 */
async function farol(lighthouse, url, porta, config) {
    const primeira = await umaNota(lighthouse, url, porta, config);
    const chega = ({ notas }) => notas.performance >= NOTAS.performance;
    let ultima = primeira;
    let medidas = [primeira];
    for (let rodada = 1; !chega(primeira) && rodada <= RODADAS; rodada += 1) {
        medidas = rodada === 1 ? medidas : [];
        // Três medidas boas em cinco já decidem a mediana.
        while (medidas.length < VEZES && medidas.filter(chega).length <= VEZES / 2) {
            ultima = await umaNota(lighthouse, url, porta, config, freioPara(ultima.indice));
            medidas.push(ultima);
        }
        if (medidas.filter(chega).length > VEZES / 2) {
            break;
        }
    }
    const todas = medidas.map(({ notas }) => notas.performance);
    const performance = mediana(todas);
    const qual = medidas.find(({ notas }) => notas.performance === performance);
    return { notas: { ...primeira.notas, performance }, perdas: { ...primeira.perdas, performance: qual.perdas.performance }, todas };
}

const kB = bytes => `${(bytes / 1000).toFixed(1).replace('.', ',')} kB`;

async function medir(pasta, pedidas, chromium, puppeteer, { default: lighthouse, defaultConfig }) {
    const problemas = [];
    const dosCapitulos = capitulos(pasta);
    const paginas = pedidas.length > 0 ? pedidas : ['index.html', ...dosCapitulos];
    const { navegador, fechar } = await abrirNavegador(puppeteer, chromium, PRAZO_DE_UMA_RESPOSTA);
    const servidor = await servir(pasta, { comoNaRede: true });
    const base = `${servidor.origem}/`;
    const porta = Number(new URL(navegador.wsEndpoint()).port);
    const config = { ...defaultConfig, settings: { ...defaultConfig.settings, ...ESPERAS } };
    const acusar = (pagina, frase) => {
        problemas.push(`${pagina}: ${frase}`);
    };
    try {
        console.log('peso e estabilidade…');
        const pesadas = pedidas.length > 0 ? pedidas : [...paginas, 'print.html'];
        for (const [vez, pagina] of pesadas.entries()) {
            // A seguinte é a que se mede com o cache que esta deixou.
            const outra = pesadas.length > 1 ? pesadas[(vez + 1) % pesadas.length] : dosCapitulos.find(nome => nome !== pagina);
            const { frio, quente, saltos, problemas: novos } = await peso(navegador, base, pagina, outra);
            novos.forEach(frase => acusar(pagina, frase));
            const maiorFrio = pagina === LIVRO_INTEIRO ? PESO_DO_LIVRO_INTEIRO : PESO_FRIO;
            const maiorQuente = outra === LIVRO_INTEIRO ? PESO_DO_LIVRO_INTEIRO : PESO_QUENTE;
            if (frio > maiorFrio) {
                acusar(pagina, `transfere ${kB(frio)} na primeira visita; o limite é ${kB(maiorFrio)}`);
            }
            if (quente > maiorQuente) {
                acusar(outra, `transfere ${kB(quente)} a quem vem de ${pagina}; o limite é ${kB(maiorQuente)}`);
            }
            for (const { tela, salto, quem } of saltos) {
                if (salto > MAIOR_SALTO) {
                    acusar(pagina, `mexe-se ao carregar em ${tela} px: ${salto.toFixed(3)} (o limite é ${MAIOR_SALTO}); ${quem.join(', ')}`);
                }
            }
            console.log(`  ${pagina}: ${kB(frio)}; salto ${saltos.map(({ salto }) => salto.toFixed(3).replace('.', ',')).join(' e ')}; depois dela, ${outra}: ${kB(quente)}`);
        }
        console.log('Lighthouse…');
        for (const pagina of paginas) {
            const { notas, perdas, todas } = await farol(lighthouse, base + pagina, porta, config);
            const repetida = todas.length > 1 ? ` (mediana de ${todas.join(', ')})` : '';
            console.log(`  ${pagina}: ${Object.entries(notas).map(([nome, nota]) => `${nome} ${nota}`).join(', ')}${repetida}`);
            for (const [categoria, menor] of Object.entries(NOTAS)) {
                if (notas[categoria] < menor) {
                    acusar(pagina, `${categoria} é ${notas[categoria]}${categoria === 'performance' ? repetida : ''}, e o pedido é ${menor}:\n        ${perdas[categoria].join('\n        ')}`);
                }
            }
        }
    } finally {
        await servidor.fechar();
        await fechar();
    }
    return { problemas, paginas };
}

const [livro, ...pedidas] = process.argv.slice(2);
if (!livro) {
    desistir('uso: node .ci/navegador/farol.mjs PASTA_DO_LIVRO [PÁGINA...]');
}
const pasta = path.resolve(livro);
if (!existsSync(path.join(pasta, 'toc.html'))) {
    desistir(`não há um livro pronto em ${pasta}; monte-o com “cargo run -- construir --destino ${livro}”`);
}
for (const pagina of pedidas) {
    await readFile(path.join(pasta, pagina)).catch(() => desistir(`não há ${pagina} em ${pasta}`));
}
const { default: puppeteer } = await importar('puppeteer-core');
const lighthouse = await importar('lighthouse');
const chromium = await acharChromium();
if (chromium === null) {
    desistir('falta o Chromium; instale-o ou diga onde ele está na variável CHROMIUM');
}

// `exit` mata o navegador: veja abrirNavegador.
setTimeout(() => desistir(`o prazo de ${PRAZO / 1000} s acabou`), PRAZO).unref();
for (const sinal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(sinal, () => desistir(`interrompido por ${sinal}`));
}

const inicio = Date.now();
try {
    const { problemas, paginas } = await medir(pasta, pedidas, chromium, puppeteer, lighthouse);
    problemas.forEach(problema => console.error(problema));
    const segundos = ((Date.now() - inicio) / 1000).toFixed(0);
    console.log(`${paginas.length} páginas medidas em ${segundos} s: ${problemas.length === 0 ? 'nenhum problema' : `${problemas.length} problemas`}`);
    process.exitCode = problemas.length === 0 ? 0 : 1;
} catch (erro) {
    desistir(`a medida não chegou ao fim: ${erro.stack}`);
}
