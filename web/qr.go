package web

import "rsc.io/qr"

// QR is text as a QR code for a page to draw, row by row: 1 is dark.
func QR(text string) (rows []string, err error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, err
	}
	for y := range code.Size {
		row := make([]byte, code.Size)
		for x := range row {
			row[x] = '0'
			if code.Black(x, y) {
				row[x] = '1'
			}
		}
		rows = append(rows, string(row))
	}
	return rows, nil
}
