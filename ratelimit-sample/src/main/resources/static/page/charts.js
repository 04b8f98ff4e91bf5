// The charts, by Chart.js; colours are those of the style sheet, so that they follow light and dark.

const charts = new Set();

function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
}

/** Stripes, so that denied calls are told apart without their colour too. */
function striped(name) {
    const tile = document.createElement('canvas');
    tile.width = tile.height = 8;
    const pen = tile.getContext('2d');
    pen.fillStyle = colour(name);
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = colour('surface');
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1.6;
    pen.beginPath();
    for (const x of [-8, 0, 8]) {
        pen.moveTo(x - 1, 9);
        pen.lineTo(x + 9, -1);
    }
    pen.stroke();
    return pen.createPattern(tile, 'repeat');
}

function bars(label, name, more) {
    return {label, data: [], paint: name, stripes: name === 'denied', borderRadius: 2, categoryPercentage: 1,
        barPercentage: 0.82, ...more};
}

function paint(chart) {
    const {options, data} = chart;
    for (const axis of Object.values(options.scales)) {
        axis.grid.color = colour('grid');
        axis.ticks.color = colour('quiet');
        axis.title.color = colour('quiet');
    }
    for (const dataset of data.datasets) {
        dataset.backgroundColor = dataset.stripes ? striped(dataset.paint) : colour(dataset.paint);
        dataset.borderColor = colour(dataset.paint);
    }
}

function make(id, config) {
    if (!window.Chart) {
        return null; // guard.js has told so; the tables show the same
    }
    const base = {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: {mode: 'index', intersect: false},
        plugins: {legend: {display: false}},
    };
    const chart = new Chart(document.getElementById(id), {...config, options: {...base, ...config.options}});
    paint(chart);
    chart.update();
    charts.add(chart);
    return chart;
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const chart of charts) {
        paint(chart);
        chart.update();
    }
});

/** A minute of stacked bars, a second each, and the limit's line; update(series, limits) of 60 numbers each. */
export function perSecond(id, series) {
    const line = {type: 'line', label: 'limit', data: [], paint: 'limit', borderWidth: 2, borderDash: [6, 4],
        pointRadius: 0, stepped: true, stack: 'limit', order: -1};
    const chart = make(id, {
        type: 'bar',
        data: {
            labels: Array.from({length: 60}, (_, i) => i - 59),
            datasets: [line, ...series.map(each => bars(each.label, each.paint, {stack: 'calls'}))],
        },
        options: {
            scales: {
                x: {
                    stacked: true,
                    grid: {display: false},
                    title: {display: false},
                    ticks: {
                        autoSkip: false,
                        maxRotation: 0,
                        callback: (value, index) => index === 59 ? 'now' : index % 15 === 14 ? `${index - 59} s` : '',
                    },
                },
                y: {stacked: true, beginAtZero: true, suggestedMax: 10, grid: {}, ticks: {precision: 0, maxTicksLimit: 6},
                    title: {display: false}},
            },
        },
    });
    return (numbers, limit) => {
        if (chart) {
            chart.data.datasets[0].data = new Array(60).fill(limit);
            numbers.forEach((data, i) => { chart.data.datasets[i + 1].data = data; });
            chart.update();
        }
    };
}

/** Bars from begin to end, one row each; update(rows) of {path, wait: [from, to], request: [from, to], failed}. */
export function timeline(id) {
    const row = {grouped: false, barPercentage: 0.62};
    const chart = make(id, {
        type: 'bar',
        data: {labels: [], datasets: [
            bars('waits', 'waited', row), bars('request', 'allowed', row), bars('failed', 'denied', row)]},
        options: {
            indexAxis: 'y',
            scales: {
                x: {beginAtZero: true, suggestedMax: 4, grid: {}, title: {display: true, text: 'seconds'}, ticks: {}},
                y: {grid: {display: false}, title: {display: false}, ticks: {autoSkip: false}},
            },
        },
    });
    return rows => {
        if (chart) {
            chart.data.labels = rows.map(each => each.path);
            chart.data.datasets[0].data = rows.map(each => each.wait);
            chart.data.datasets[1].data = rows.map(each => each.failed ? null : each.request);
            chart.data.datasets[2].data = rows.map(each => each.failed ? each.request : null);
            chart.update();
        }
    };
}
